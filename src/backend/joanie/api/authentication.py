"""Learners prove who they are with a JSON Web Token that another system signed."""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from joanie.api.tokens import Claims, InvalidToken, is_storable, read_token
from joanie.common.replacements import load_object
from joanie.conf import joanie_settings

logger = logging.getLogger(__name__)


class JWTAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``. Whom it is about is said by ``USER_MAPPER``."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Claims] | None:
        scheme, _separator, token = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        claims = read_token(token.strip())
        user = _map(claims)
        _let_in(user)
        return user, claims

    def authenticate_header(self, _request: Request) -> str:
        return "Bearer"


def get_learner(claims: Claims) -> AbstractBaseUser:
    """Return the user whom ``username`` names, created when unknown.

    Two first requests at once make one user. Raises InvalidToken when it is no user name.
    """
    users = get_user_model()._default_manager  # noqa: SLF001 - public by documentation
    field = get_user_model().USERNAME_FIELD
    learner, _is_new = users.get_or_create(
        **{field: claims.username}, defaults=_first_values(claims)
    )
    return learner


def _map(claims: Claims) -> AbstractBaseUser:
    """Have the host say whose the token is; once more when another first request was faster.

    Raises InvalidToken when it is nobody's, and what the host's function raises.
    """
    mapper: Any = load_object(joanie_settings.USER_MAPPER)
    try:
        try:
            user = mapper(claims)
        except IntegrityError:
            user = mapper(claims)
    except IntegrityError as error:
        logger.exception("The user model refuses the bearer of a token")
        raise InvalidToken(_("No account can be made of this token."), "no_account") from error
    if user is None:
        raise InvalidToken(_("No account can be made of this token."), "no_account")
    if not isinstance(user, AbstractBaseUser) or user.pk is None:
        raise ImproperlyConfigured(f"JOANIE['USER_MAPPER'] returned {user!r}, and no saved user")
    return user


def _let_in(user: AbstractBaseUser) -> None:
    """Raise InvalidToken for who may not come in this way.

    Inactive users, and staff, for whom a learners' token would be a way around their own sign-in.
    """
    if not user.is_active:
        raise InvalidToken(_("This account is disabled."), "inactive_user")
    if getattr(user, "is_staff", False) or getattr(user, "is_superuser", False):
        raise InvalidToken(_("Staff cannot use a token."), "staff_token")


def _first_values(claims: Claims) -> dict[str, Any]:
    model = get_user_model()
    values: dict[str, Any] = {"password": lambda: make_password(None)}
    email_field = model.get_email_field_name()
    if email_field != model.USERNAME_FIELD:
        try:
            field: Any = model._meta.get_field(email_field)  # noqa: SLF001 - public
            if is_storable(claims.email):
                values[email_field] = field.clean(claims.email, None)
        except (FieldDoesNotExist, ValidationError):
            logger.warning("The email of %s is not kept", claims.username)
    return values
