"""Payment providers for the sandbox: each is played on this machine, by its emulator.

``manage.py joanie_emulator NAME`` opens an account whose credentials are derived from Django's
secret key. They are derived here too, so that nobody has to copy them.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from joanie.emulators.ports import PROVIDERS

# Where the player of each provider answers, if not on this machine.
URL_NAMES = {name: f"JOANIE_{name.upper()}_URL" for name in PROVIDERS}


def configure_provider(name: str, key: str, base_url: str = "") -> dict[str, Any]:
    """Return the entry of ``PAYMENT_BACKENDS``; ``key`` is Django's secret key.

    Raises ImproperlyConfigured for a provider that nobody plays, or that cannot be played here.
    """
    if name not in PROVIDERS:
        known = ", ".join(PROVIDERS)
        raise ImproperlyConfigured(f"JOANIE_PROVIDER is {name!r}: choose from {known}.")
    credentials: Mapping[str, Any] = {}
    class_name = "".join(word.title() for word in name.split("_")) + "Backend"
    if name == "dummy":  # it derives its credentials by itself
        class_name = "DummyPaymentBackend"
    else:
        credentials = _read_credentials(name, key)
    return {
        "backend": f"joanie.payment.backends.{name}.{class_name}",
        "configuration": {
            "base_url": base_url or f"http://127.0.0.1:{PROVIDERS[name]}",
            **credentials,
        },
    }


def _read_credentials(name: str, key: str) -> Mapping[str, Any]:
    try:
        from sandbox.emulated_accounts import get_credentials  # noqa: PLC0415
    except ModuleNotFoundError as error:  # a site without emulators has no Flask
        raise ImproperlyConfigured(
            f"JOANIE_PROVIDER is {name!r}, whose emulator needs joanie[testing] ({error}): "
            "install that, choose dummy, or give accounts of yours in JOANIE_PAYMENT_BACKENDS."
        ) from error
    return get_credentials(name, key)
