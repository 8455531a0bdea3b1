"""What this LMS alone can be told to do wrong."""

from joanie.emulators.kit.controls import InstructionReader

AN_HOUR = 3600


def own_instructions() -> dict[str, InstructionReader]:
    """``contrary``: it answers the other way round, and does nothing."""
    return {
        "unknown_user": lambda fields: fields.text("unknown_user", default=""),
        "unknown_course": lambda fields: fields.text("unknown_course", default=""),
        "closed_course": lambda fields: fields.text("closed_course", default=""),
        "contrary": lambda fields: fields.flag("contrary"),
        "token_seconds": lambda fields: fields.seconds("token_seconds", default=AN_HOUR),
    }
