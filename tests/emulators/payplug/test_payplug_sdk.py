"""PayPlug's own library drives the emulator, and reads its notifications."""

from typing import Any

import payplug as sdk
import pytest
from payplug import notifications, resources
from payplug.exceptions import BadRequest, NotFound, Unauthorized
from payplug.network import HttpClient
from tests.emulators.payplug.payplug_merchant import KEY, VERSION, PayplugMerchant
from tests.emulators.receiver import Receiver


@pytest.fixture(autouse=True)
def _library(monkeypatch: pytest.MonkeyPatch, payplug_url: str) -> None:
    """Its settings are the whole process's: they are given back after each test."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(sdk.routes, "API_BASE_URL", payplug_url)
    monkeypatch.setattr(sdk.config, "secret_key", KEY)
    monkeypatch.setattr(sdk.config, "api_version", VERSION)


def create(payplug: PayplugMerchant, **changes: Any) -> resources.Payment:
    return sdk.Payment.create(**payplug.body(**changes))


def test_it_creates_a_payment_and_reads_it(payplug: PayplugMerchant) -> None:
    created = create(payplug)
    payplug.choose({"hosted_payment": {"payment_url": created.hosted_payment.payment_url}})
    seen = sdk.Payment.retrieve(created.id)
    assert (seen.is_paid, seen.card.last4, seen.metadata["attempt"]) == (True, "4242", "1-1")


def test_it_names_what_is_wrong(payplug: PayplugMerchant) -> None:
    with pytest.raises(BadRequest) as refused:
        create(payplug, amount=1)
    assert list(refused.value.error_object["details"]) == ["amount"]


def test_it_knows_a_wrong_key(payplug: PayplugMerchant) -> None:
    client = HttpClient(token="sk_test_of_nobody", api_version=VERSION)
    with pytest.raises(Unauthorized):
        client.get(sdk.routes.url(sdk.routes.PAYMENT_RESOURCE))


def test_it_aborts_in_its_older_word(payplug: PayplugMerchant) -> None:
    created = create(payplug)
    assert created.abort().failure.code == "aborted"
    with pytest.raises(BadRequest):
        sdk.Payment.abort(created.id)


def test_it_gives_money_back(payplug: PayplugMerchant) -> None:
    payment = sdk.Payment.retrieve(payplug.pay()["id"])
    refund = payment.refund(amount=500, metadata={"refund": "r-1"})
    assert [each.id for each in payment.list_refunds()] == [refund.id]
    assert sdk.Refund.retrieve(payment, refund.id).amount == 500
    assert sdk.Payment.retrieve(payment.id).amount_refunded == 500


def test_it_lists_payments(payplug: PayplugMerchant) -> None:
    created = [create(payplug).id for _ in range(3)]
    assert [each.id for each in sdk.Payment.list(per_page=2)] == created[:0:-1]


def test_it_does_not_find_what_is_not_there() -> None:
    with pytest.raises(NotFound):
        sdk.Payment.retrieve("pay_1")


def test_it_reads_our_notifications(payplug: PayplugMerchant, receiver: Receiver) -> None:
    payment = payplug.pay()
    payplug.refund(payment, amount=500)
    read = [notifications.treat(each.body) for each in receiver.wait_for(2)]
    paid, refund = sorted(read, key=lambda each: str(each.object))
    assert (paid.id, paid.is_paid, paid.amount_refunded) == (payment["id"], True, 500)
    assert (refund.payment_id, refund.amount) == (payment["id"], 500)
