import secrets


def new_id(prefix: str) -> str:
    """Make an id such as ``pay_`` and 24 hexadecimal digits."""
    return f"{prefix}_{secrets.token_hex(12)}"
