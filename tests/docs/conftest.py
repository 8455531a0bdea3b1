from tests.shop import emulator_url, provider

__all__ = ["emulator_url", "provider"]
