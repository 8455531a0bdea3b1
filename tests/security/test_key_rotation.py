"""Changing the secret of an account: what the old one signed, and the new one, both count."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings
from tests.provider import Provider
from tests.shop import SECRET, Shop, fresh

from joanie.payment.models import PaymentNotification


def configure(settings: Settings, **changes: Any) -> None:
    account = settings.JOANIE["PAYMENT_BACKENDS"]["dummy"]
    changed = {**account, "configuration": {**account["configuration"], **changes}}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"dummy": changed}}


@pytest.mark.parametrize(
    ("secret", "other_secrets"),
    [(SECRET, ["the next secret"]), ("the next secret", [SECRET]), ("next", ["last", SECRET])],
)
def test_what_either_secret_signed_is_booked(
    shop: Shop, provider: Provider, settings: Settings, secret: str, other_secrets: list[str]
) -> None:
    checkout = shop.order()
    configure(settings, secret=secret, other_secrets=other_secrets)
    provider.pay(checkout.payment_info["url"])
    provider.deliver()
    assert fresh(checkout.order).state == "validated"


@pytest.mark.parametrize("other_secrets", [[], [""], None, ["last"], SECRET, [SECRET[:-1]]])
def test_what_no_secret_of_ours_signed_is_refused(
    shop: Shop, provider: Provider, settings: Settings, other_secrets: Any
) -> None:
    checkout = shop.order()
    configure(settings, secret="next", other_secrets=other_secrets)
    answer = provider.forge(checkout.payment_info["payment_id"], "payment.succeeded")
    assert answer["status"] == 400
    assert not PaymentNotification.objects.exists()
    assert fresh(checkout.order).state == "pending"


@pytest.mark.parametrize("other_secrets", ["a text", [""], [1], {"old": "x"}])
def test_secrets_that_are_no_list_of_texts_are_found_at_start(
    provider: Provider, settings: Settings, other_secrets: Any
) -> None:
    configure(settings, other_secrets=other_secrets)
    (fault,) = [str(each.msg) for each in run_checks() if each.id == "joanie.E019"]
    assert fault.endswith("“other_secrets” is a list of texts, none of them empty.")


def test_the_check_never_shows_a_secret(provider: Provider, settings: Settings) -> None:
    configure(settings, other_secrets="a secret in the wrong place")
    assert "in the wrong place" not in "".join(map(str, run_checks()))
