"""Learners prove who they are with a JSON Web Token that another system signed."""

import logging
from dataclasses import dataclass
from typing import Any

import jwt
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from joanie.api.languages import find_supported_language
from joanie.conf import joanie_settings

logger = logging.getLogger(__name__)

# Never read from the token: whoever could choose it could make it "none".
ALGORITHM = "HS256"


@dataclass(frozen=True)
class Claims:
    """What a token says of its bearer. ``language`` is one that there is, or None."""

    username: str
    email: str
    language: str | None


class InvalidToken(AuthenticationFailed):
    default_detail = _("This token is not valid.")
    default_code = "invalid_token"


class TokenExpired(InvalidToken):
    default_detail = _("This token has expired.")
    default_code = "token_expired"


class JWTAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``. A learner who is seen for the first time is created."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Claims] | None:
        scheme, _separator, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        claims = read_token(token.strip())
        return get_learner(claims), claims

    def authenticate_header(self, _request: Request) -> str:
        return "Bearer"


def read_token(token: bytes) -> Claims:
    """Check signature, expiry, issuer and audience. Raises InvalidToken."""
    key, audience = joanie_settings.JWT_SIGNING_KEY, joanie_settings.JWT_AUDIENCE
    if not key:
        raise InvalidToken
    try:
        payload = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=joanie_settings.JWT_ISSUER,
            audience=audience,
            options={"require": ["exp"], "verify_aud": audience is not None},
        )
    except jwt.ExpiredSignatureError as error:
        raise TokenExpired from error
    # A header of thousands of brackets, or an infinite date, is more than PyJWT expects.
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
        raise InvalidToken from error
    email = payload.get("email")
    return Claims(
        username=_clean_username(payload.get("username")),
        email=email if isinstance(email, str) else "",
        language=find_supported_language(payload.get("language")),
    )


def get_learner(claims: Claims) -> AbstractBaseUser:
    """Return the bearer, created when unknown; two first requests at once make one user.

    Raises InvalidToken for who may not come in this way: inactive users, and staff, for whom a
    learners' token would be a way around their own sign-in.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - public by documentation
    field = get_user_model().USERNAME_FIELD
    try:
        learner, _is_new = users.get_or_create(
            **{field: claims.username}, defaults=_first_values(claims)
        )
    except IntegrityError as error:
        logger.exception("The user model refuses %s", claims.username)
        raise InvalidToken(_("No account can be made of this token."), "no_account") from error
    if not learner.is_active:
        raise InvalidToken(_("This account is disabled."), "inactive_user")
    if getattr(learner, "is_staff", False) or getattr(learner, "is_superuser", False):
        raise InvalidToken(_("Staff cannot use a token."), "staff_token")
    return learner


def _clean_username(username: object) -> str:
    """Return it as the user model stores it. Raises InvalidToken when it could not."""
    model = get_user_model()
    if not isinstance(username, str) or not _is_storable(username):
        raise InvalidToken
    field: Any = model._meta.get_field(model.USERNAME_FIELD)  # noqa: SLF001 - public
    try:
        return str(field.clean(model.normalize_username(username), None))
    except ValidationError as error:
        raise InvalidToken from error


def _first_values(claims: Claims) -> dict[str, Any]:
    model = get_user_model()
    values: dict[str, Any] = {"password": lambda: make_password(None)}
    email_field = model.get_email_field_name()
    if email_field != model.USERNAME_FIELD:
        try:
            field: Any = model._meta.get_field(email_field)  # noqa: SLF001 - public
            if _is_storable(claims.email):
                values[email_field] = field.clean(claims.email, None)
        except (FieldDoesNotExist, ValidationError):
            logger.warning("The email of %s is not kept", claims.username)
    return values


def _is_storable(text: str) -> bool:
    """Say whether PostgreSQL takes it: neither NUL characters nor halves of characters."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
