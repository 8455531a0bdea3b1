"""Learners prove who they are with a JSON Web Token that another system signed."""

import logging
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.request import Request

from joanie.api.tokens import Claims, InvalidToken, is_storable, read_token

logger = logging.getLogger(__name__)


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
