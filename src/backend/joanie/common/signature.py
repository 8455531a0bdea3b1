"""Bodies signed with a shared secret: ``Authorization: SIG-HMAC-SHA256 <hexadecimal>``.

What LMSs and catalogues speak among each other. The signature is of the bytes as they are sent.
"""

import hashlib
import hmac
from collections.abc import Iterable

SCHEME = "SIG-HMAC-SHA256"


def sign(body: bytes, secret: str) -> str:
    """Return the value of the Authorization header."""
    return f"{SCHEME} {_digest(body, secret)}"


def is_signed(body: bytes, authorization: str, secrets: Iterable[str]) -> bool:
    """Say whether one of the secrets signed it. Nobody did when there is no secret.

    Takes as long for a wrong signature as for a right one.
    """
    scheme, _, signature = authorization.partition(" ")
    given = signature.strip().lower().encode()
    # A text where a list belongs would be many secrets of one character.
    known = [] if isinstance(secrets, str) else [secret for secret in secrets if secret]
    matches = [hmac.compare_digest(given, _digest(body, secret).encode()) for secret in known]
    return scheme.upper() == SCHEME and any(matches)


def _digest(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
