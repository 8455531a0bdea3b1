class BenchFailed(Exception):
    """The bench cannot measure; the message says why, and what to do about it."""
