from joanie.lms_handler.openedx.backend import OpenEdXLMSBackend

__all__ = ["OpenEdXLMSBackend"]
