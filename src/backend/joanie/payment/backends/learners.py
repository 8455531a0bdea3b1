"""What providers call our learners: another site on the same account has other names."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.crypto import constant_time_compare, salted_hmac

_SALT = "joanie.payment.backends.learners"


def name_learner(user: AbstractBaseUser) -> str:
    """Derive 32 digits from the learner's id and ``SECRET_KEY``: the same each time."""
    return _derive(user, settings.SECRET_KEY)


def is_name_of(name: object, user: AbstractBaseUser) -> bool:
    """Say whether this site gave the name, now or with one of ``SECRET_KEY_FALLBACKS``."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(str(name), _derive(user, secret)) for secret in secrets)


def _derive(user: AbstractBaseUser, secret: str | bytes) -> str:
    return salted_hmac(_SALT, str(user.pk), secret=secret).hexdigest()[:32]
