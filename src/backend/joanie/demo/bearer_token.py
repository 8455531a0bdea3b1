"""What a catalogue's server does for its visitors: say to Joanie who they are."""

from datetime import UTC, datetime, timedelta

import jwt
from django.core.exceptions import ImproperlyConfigured

from joanie.conf import joanie_settings

ALGORITHM = "HS256"


def sign_token(username: str, *, language: str = "en", lasts: timedelta) -> str:
    """Sign with the key that the catalogue shares with Joanie.

    Raises ImproperlyConfigured when there is no such key.
    """
    key = joanie_settings.JWT_SIGNING_KEY
    if not key:
        raise ImproperlyConfigured("The demo signs tokens: set JOANIE['JWT_SIGNING_KEY'].")
    claims = {
        "username": username,
        "email": f"{username}@example.org",
        "language": language,
        "exp": datetime.now(UTC) + lasts,
        "iss": joanie_settings.JWT_ISSUER,
        "aud": joanie_settings.JWT_AUDIENCE,
    }
    present = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(present, key, algorithm=ALGORITHM)
