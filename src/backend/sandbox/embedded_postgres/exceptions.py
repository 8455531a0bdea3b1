class EmbeddedPostgresError(Exception):
    """The server cannot do what was asked; the message says what to do about it."""
