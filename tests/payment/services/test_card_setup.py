"""Saving a card at the provider without buying anything."""

import json
import logging
import time
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import Settings
from tests.provider import Provider
from tests.shop import SECRET, Shop

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.common.transactions import NetworkInTransaction
from joanie.core.factories import UserFactory
from joanie.emulators.dummy.events import sign
from joanie.payment.backends.registry import build_backend
from joanie.payment.exceptions import PaymentMethodUnusable, TooManyDeclines
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import CreditCard, PaymentNotification
from joanie.payment.services.card_setup import CardSetupRequest, start_card_setup

NOTIFICATIONS = "/api/v1.0/payments/notifications/dummy/"


def set_up(shop: Shop, owner: Any = None, **changes: Any) -> str:
    request = CardSetupRequest(
        **{"base_url": shop.base_url, "language": "en", "payment_method": "dummy", **changes}
    )
    started = start_card_setup(owner=owner or shop.owner, request=request)
    assert list(started) == ["url"]
    url: str = started["url"]
    return url


def tell(card: Any, *, secret: str = SECRET, event_id: str = "evt_1") -> Any:
    """Say that a card was saved, as the provider would."""
    event = {"id": event_id, "type": "card.saved", "data": {"card": card}}
    body = json.dumps(event).encode()
    headers = {"Dummy-Signature": sign(secret, body, int(time.time()))}
    return Client(headers=headers).post(NOTIFICATIONS, body, content_type="application/json")


def wire(customer: Any, **changes: Any) -> dict[str, Any]:
    return {
        "token": "card_1",
        "brand": "Visa",
        "last_numbers": "4242",
        "expiration_month": 12,
        "expiration_year": 2031,
        "saved": True,
        "customer": customer,
        **changes,
    }


def test_a_card_that_is_saved_on_the_page_is_the_learners(shop: Shop, provider: Provider) -> None:
    assert provider.pay(set_up(shop)).status_code == 303
    provider.deliver()
    card = CreditCard.objects.get()
    assert (card.owner, card.backend, card.state) == (shop.owner, "dummy", "active")
    assert (card.last_numbers, card.is_main) == ("4242", True)


def test_it_pays_in_one_click(shop: Shop, provider: Provider) -> None:
    provider.pay(set_up(shop))
    provider.deliver()
    info = shop.one_click(CreditCard.objects.get()).payment_info
    assert info is not None
    assert info["is_paid"]


def test_the_browser_goes_back_where_the_request_says(shop: Shop, provider: Provider) -> None:
    page = "https://shop.example.org/cards/"
    response = provider.http.post(set_up(shop, return_url=page), data={"action": "cancel"})
    assert response.headers["location"] == page
    assert provider.pay(set_up(shop, return_url=page)).headers["location"] == page
    provider.deliver()
    assert CreditCard.objects.count() == 1


def test_it_goes_to_a_page_of_ours_otherwise(shop: Shop, provider: Provider) -> None:
    back = provider.pay(set_up(shop)).headers["location"]
    provider.deliver()
    assert back == f"{shop.base_url}/api/v1.0/credit-cards/setup/return/"
    response = Client(headers={"accept-language": "fr"}).get(back.removeprefix(shop.base_url))
    assert response.status_code == 200
    assert "Vous pouvez fermer cette page." in response.content.decode()
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_a_refused_card_is_not_kept(shop: Shop, provider: Provider) -> None:
    provider.pay(set_up(shop), card="declined")
    provider.deliver()
    assert not CreditCard.objects.exists()


def test_the_same_card_twice_is_one(shop: Shop, provider: Provider) -> None:
    for url in (set_up(shop), set_up(shop)):
        provider.pay(url)
    provider.deliver()
    assert CreditCard.objects.count() == 1


def test_each_learner_has_their_own(shop: Shop, provider: Provider) -> None:
    other = UserFactory()
    for url in (set_up(shop), set_up(shop, owner=other)):
        provider.pay(url)
    provider.deliver()
    assert set(CreditCard.objects.values_list("owner", flat=True)) == {shop.owner.pk, other.pk}


@pytest.mark.django_db
def test_a_notification_that_comes_twice_keeps_one_card(provider: Provider) -> None:
    owner = UserFactory()
    assert tell(wire(str(owner.pk))).json() == {"status": "done"}
    assert tell(wire(str(owner.pk))).json() == {"status": "duplicate"}
    assert tell(wire(str(owner.pk)), event_id="evt_2").json() == {"status": "done"}
    assert CreditCard.objects.get().owner == owner


@pytest.mark.django_db
def test_a_card_does_not_change_hands(provider: Provider) -> None:
    owner = UserFactory()
    tell(wire(str(owner.pk)))
    tell(wire(str(UserFactory().pk)), event_id="evt_2")
    assert CreditCard.objects.get().owner == owner


@pytest.mark.django_db
def test_nobody_else_can_say_whose_card_it_is(provider: Provider) -> None:
    response = tell(wire(str(UserFactory().pk)), secret="a guess")
    assert response.status_code == 400
    assert not CreditCard.objects.exists()
    assert not PaymentNotification.objects.exists()


@pytest.mark.parametrize("customer", [None, "", "0", "someone", "9" * 40, "1 OR 1=1"])
@pytest.mark.django_db
def test_a_card_of_nobody_we_know_does_not_concern_us(
    provider: Provider, customer: str | None
) -> None:
    UserFactory()
    assert tell(wire(customer)).status_code == 200
    assert not CreditCard.objects.exists()
    assert PaymentNotification.objects.get().state == "ignored"


@pytest.mark.parametrize("card", [None, wire("1", saved=False)])
@pytest.mark.django_db
def test_a_notification_without_a_saved_card_concerns_nobody(
    provider: Provider, card: dict[str, Any] | None
) -> None:
    assert tell(card).status_code == 200
    assert not CreditCard.objects.exists()


@pytest.mark.django_db
def test_a_card_that_is_not_one_is_kept_in_the_inbox(provider: Provider) -> None:
    owner = UserFactory()
    assert tell(wire(str(owner.pk), expiration_month=13)).status_code == 202
    assert not CreditCard.objects.exists()
    assert PaymentNotification.objects.get().state == "failed"


@pytest.mark.parametrize(
    ("method", "changes"),
    [("unknown", {}), ("../dummy", {}), ("dummy", {"ALLOW_DUMMY": False})],
)
def test_a_payment_method_that_is_not_offered_is_refused(
    deaf_shop: Shop, settings: Settings, method: str, changes: dict[str, Any]
) -> None:
    settings.JOANIE = {**settings.JOANIE, **changes}
    with pytest.raises(PaymentMethodUnusable) as refusal:
        set_up(deaf_shop, payment_method=method)
    assert refusal.value.field == "payment_method"


@pytest.mark.parametrize("mode", ["status", "html", "reset"])
def test_a_provider_that_does_not_answer(deaf_shop: Shop, provider: Provider, mode: str) -> None:
    provider.fail("create_card_setup", mode)
    with pytest.raises(ProviderUnavailable):
        set_up(deaf_shop)


def test_a_provider_that_refuses_our_account(deaf_shop: Shop, provider: Provider) -> None:
    provider.fail("create_card_setup", "status", status=401)
    with pytest.raises(ProviderRejected):
        set_up(deaf_shop)


def test_who_collects_declines_has_to_wait(deaf_shop: Shop, settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "MAX_DECLINES_PER_HOUR": 1}
    order = deaf_shop.order().order
    PaymentFactory(order=order, state="failed", failure_code="declined", settled_at=timezone.now())
    with pytest.raises(TooManyDeclines):
        set_up(deaf_shop)


def test_asking_inside_a_transaction_is_a_bug_that_shows(deaf_shop: Shop) -> None:
    with transaction.atomic(), pytest.raises(NetworkInTransaction):
        set_up(deaf_shop)


def test_outside_a_set_up_there_is_nowhere_to_go(deaf_shop: Shop) -> None:
    with pytest.raises(ProviderRejected):
        build_backend("dummy").tokenize_card(deaf_shop.owner)


def test_nothing_of_it_is_in_the_logs(
    shop: Shop, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("joanie.common", "joanie.payment", "joanie.api", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    url = set_up(shop)
    assert url.rpartition("/")[2] not in caplog.text
    assert "card-setups" not in caplog.text
