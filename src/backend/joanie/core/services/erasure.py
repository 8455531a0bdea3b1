"""Erasing who a learner is, as far as the core and the host's user model know it."""

import re
import uuid
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import make_password
from django.db.models import BooleanField, CharField, EmailField, TextField

from joanie.common.signals import send_after_commit
from joanie.core.models import Address, Enrollment, IdempotencyRecord
from joanie.core.signals import learner_erased

NAMES = ("first_name", "last_name")
PLACEHOLDER = re.compile(r"erased-[0-9a-f]{8,32}(@erased\.invalid)?")
# Reserved for names that never exist: RFC 2606.
MAIL_DOMAIN = "@erased.invalid"


def erase_identity(learner_id: Any) -> None:
    """Delete or overwrite what says who a learner is.

    In the caller's transaction, which holds the owner's lock; the host is told after the commit.
    Safe to repeat. Orders and enrolments stay, of a user whom nobody can name.
    """
    Address.objects.filter(owner=learner_id).delete()
    IdempotencyRecord.objects.filter(owner=learner_id).delete()
    # An LMS that refused may have said whom. It is not asked again about a name it cannot know.
    Enrollment.objects.of(learner_id).exclude(failure="").record_told()
    learner = get_user_model()._default_manager.get(pk=learner_id)  # noqa: SLF001 - public
    changes = overwritten_fields(learner)
    for name, value in changes.items():
        setattr(learner, name, value)
    if changes:
        learner.save(update_fields=list(changes))
    send_after_commit(learner_erased, sender=type(learner), learner=learner)


def overwritten_fields(learner: AbstractBaseUser) -> dict[str, Any]:
    """Give the fields of a user that say who it is, with what is to stand there; none when erased.

    Names, the address of mails, the user name, the password and the last sign-in, where the user
    model has them as usual. The account is disabled.
    """
    fields = _fields_of(learner)
    changes: dict[str, Any] = {}
    for name, field in _identifying_fields(learner).items():
        value = getattr(learner, name)
        if value and not PLACEHOLDER.fullmatch(value):
            is_needed = field.unique or name == _username_field(learner)
            changes[name] = _make_placeholder(field) if is_needed else None if field.null else ""
    if "password" in fields and learner.has_usable_password():
        changes["password"] = make_password(None)
    if "last_login" in fields and learner.last_login is not None:
        changes["last_login"] = None
    if "is_active" in fields and learner.is_active:
        changes["is_active"] = False
    return changes


def fields_left(learner: AbstractBaseUser) -> list[str]:
    """Name the fields with something in them that only the host knows what to do with."""
    known = {*_identifying_fields(learner), "password", "last_login"}
    return [
        name
        for name, field in _fields_of(learner).items()
        if name not in known
        and not field.primary_key
        and not isinstance(field, BooleanField)
        and getattr(learner, name)
    ]


def _identifying_fields(learner: AbstractBaseUser) -> dict[str, Any]:
    """Give those that hold a text. A number, or a key others refer to, is left to the host."""
    fields = _fields_of(learner)
    names = (*NAMES, learner.get_email_field_name(), _username_field(learner))
    return {
        name: fields[name]
        for name in names
        if isinstance(fields.get(name), (CharField, TextField)) and not fields[name].primary_key
    }


def _username_field(learner: AbstractBaseUser) -> str:
    model: Any = type(learner)
    return str(model.USERNAME_FIELD)


def _fields_of(learner: AbstractBaseUser) -> dict[str, Any]:
    fields = learner._meta.concrete_fields  # noqa: SLF001 - public by documentation
    return {field.name: field for field in fields}


def _make_placeholder(field: Any) -> str:
    """Make a value that nobody else has, short enough, and a valid address where one is due."""
    domain = MAIL_DOMAIN if isinstance(field, EmailField) else ""
    name = f"erased-{uuid.uuid4().hex}"
    return f"{name[: field.max_length and field.max_length - len(domain)]}{domain}"
