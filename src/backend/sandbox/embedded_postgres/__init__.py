"""A Django database engine that brings its own PostgreSQL: development, the demo and tests.

The server starts with the first connection that needs it and stays up until it is told to stop.
Its data live in ``DATA_DIR``, its socket too, so two checkouts share nothing. Nothing here is
meant for production: any local process that can read the data directory is the superuser.
"""
