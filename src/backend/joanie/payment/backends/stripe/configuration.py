"""The settings of an account at Stripe.

``secret_key`` (``sk_…`` or ``rk_…``); ``webhook_secret`` (``whsec_…``) of the endpoint that tells
this alias; ``publishable_key`` (``pk_…``), for the browser. Optional: ``other_webhook_secrets``,
more that events may be signed with, while the secret is rolled; ``api_version``; ``base_url``.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from joanie.payment.backends.addresses import is_private
from joanie.payment.backends.stripe.client import BASE_URL

_LIVE = ("sk_live_", "rk_live_")


def is_live(configuration: Mapping[str, Any]) -> bool:
    """Say whether money moves: the key is the mode."""
    return str(configuration.get("secret_key") or "").startswith(_LIVE)


def get_webhook_secrets(configuration: Mapping[str, Any]) -> list[str]:
    """Return the secrets that events may be signed with; an empty one is none."""
    others = configuration.get("other_webhook_secrets") or ()
    # A text where a list belongs would be many secrets of one character.
    listed = () if isinstance(others, str) else others
    secrets = [configuration.get("webhook_secret"), *listed]
    return [str(secret) for secret in secrets if secret]


def find_faults(configuration: Mapping[str, Any], *, needs_publishable_key: bool) -> Iterator[str]:
    """Say what is missing, and what is in the wrong place: the keys look alike."""
    if not _begins(configuration.get("secret_key"), "sk_", "rk_"):
        yield "“secret_key” is Stripe's secret or restricted key: sk_… or rk_…."
    if not _begins(configuration.get("webhook_secret"), "whsec_"):
        yield "“webhook_secret” is the signing secret of the webhook endpoint: whsec_…."
    others = configuration.get("other_webhook_secrets", [])
    if not isinstance(others, (list, tuple)) or not all(_begins(it, "whsec_") for it in others):
        yield "“other_webhook_secrets” is a list of signing secrets: whsec_…."
    publishable_key = configuration.get("publishable_key")
    if publishable_key or needs_publishable_key:
        yield from _find_faults_of_publishable_key(publishable_key, configuration)
    if configuration.get("base_url"):
        yield from _find_faults_of_base_url(str(configuration["base_url"]), configuration)


def _find_faults_of_publishable_key(
    key: object, configuration: Mapping[str, Any]
) -> Iterator[str]:
    if not _begins(key, "pk_"):
        yield "“publishable_key” is Stripe's publishable key: pk_…."
    elif _begins(key, "pk_live_") != is_live(configuration):
        yield "“secret_key” and “publishable_key” are not of the same mode, live or test."


def _find_faults_of_base_url(base_url: str, configuration: Mapping[str, Any]) -> Iterator[str]:
    """The key goes there: nobody is to read it on the way, and a live one is only Stripe's."""
    if not is_private(base_url):
        yield "“base_url” begins with https://, or is the address of an emulator on this machine."
    elif is_live(configuration) and base_url.rstrip("/") != BASE_URL:
        yield f"“base_url” is not {BASE_URL}, where alone a live “secret_key” goes: leave it out."


def _begins(value: object, *prefixes: str) -> bool:
    return isinstance(value, str) and value.startswith(prefixes)
