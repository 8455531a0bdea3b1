"""How fast the API is, next to what the same machine can do at best: ``make bench``."""
