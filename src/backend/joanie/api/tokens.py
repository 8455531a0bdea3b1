"""What a learner's token says, once its signature is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed

from joanie.api.jwks import key_ring
from joanie.api.languages import find_supported_language
from joanie.conf import joanie_settings

# Never read from the token: whoever could choose it could make it "none", or make a shared key of
# a public one.
SHARED_KEY_ALGORITHM = "HS256"
PUBLIC_KEY_ALGORITHM = "RS256"
# Seconds by which our clock and the issuer's may differ: a new token is from no future.
CLOCK_SKEW = 10


@dataclass(frozen=True)
class Claims:
    """What a token says of its bearer: ``payload`` is all of it, checked and as it was signed."""

    payload: Mapping[str, Any] = field(repr=False)

    @property
    def username(self) -> str:
        """As the user model stores it. Raises InvalidToken when it could not."""
        return _clean_username(self.payload.get("username"))

    @property
    def email(self) -> str:
        """As it was signed; empty when it is no text."""
        email = self.payload.get("email")
        return email if isinstance(email, str) else ""

    @property
    def language(self) -> str | None:
        """One that there is, or None."""
        return find_supported_language(self.payload.get("language"))


class InvalidToken(AuthenticationFailed):
    default_detail = _("This token is not valid.")
    default_code = "invalid_token"


class TokenExpired(InvalidToken):
    default_detail = _("This token has expired.")
    default_code = "token_expired"


def read_token(token: bytes) -> Claims:
    """Check signature, moments, issuer and audience.

    Keys of an issuer may be asked for, so never within a transaction. Raises InvalidToken, and
    SigningKeysUnavailable when the issuer's keys are not to be had.
    """
    audience = joanie_settings.JWT_AUDIENCE
    try:
        key, algorithm = _find_key(token)
        payload = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=joanie_settings.JWT_ISSUER,
            audience=audience,
            leeway=CLOCK_SKEW,
            # Who it is about is said by "username": a "sub" may be of any kind.
            options={
                "require": ["exp"],
                "verify_aud": audience is not None,
                "verify_sub": False,
            },
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    # A header of thousands of brackets, or an infinite date, is more than PyJWT expects.
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidToken from error
    return Claims(payload)


def is_storable(text: str) -> bool:
    """Say whether PostgreSQL takes it: neither NUL characters nor halves of characters."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _find_key(token: bytes) -> tuple[str | RSAPublicKey, str]:
    """Return the one key, with its one algorithm, that may have signed the token.

    Of its header only the name of the key is read: an address or a certificate in there is the
    bearer's word. Raises InvalidToken when there is no such key.
    """
    if not joanie_settings.JWKS_URL:
        if not joanie_settings.JWT_SIGNING_KEY:
            raise InvalidToken
        return joanie_settings.JWT_SIGNING_KEY, SHARED_KEY_ALGORITHM
    header = jwt.get_unverified_header(token)
    key_id = header.get("kid")
    if header.get("alg") != PUBLIC_KEY_ALGORITHM or not key_id:
        raise InvalidToken
    key = key_ring(joanie_settings.JWKS_URL).find(key_id)
    if key is None:
        raise InvalidToken
    return key, PUBLIC_KEY_ALGORITHM


def _clean_username(username: object) -> str:
    """Return it as the user model stores it. Raises InvalidToken when it could not."""
    model = get_user_model()
    if not isinstance(username, str) or not is_storable(username):
        raise InvalidToken
    column: Any = model._meta.get_field(model.USERNAME_FIELD)  # noqa: SLF001 - public
    try:
        return str(column.clean(model.normalize_username(username), None))
    except ValidationError as error:
        raise InvalidToken from error
