"""Paying with a saved card: in one click, or with the bank's challenge."""

import pytest
from pytest_django import Settings
from tests.concurrency import at_once
from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment, save_card

from joanie.common.exceptions import ProviderUnavailable
from joanie.common.money import Money
from joanie.core.factories import ProductFactory, UserFactory
from joanie.core.models import Order
from joanie.payment.backends.dummy import DummyPaymentBackend
from joanie.payment.exceptions import PaymentMethodUnusable, PaymentOutcomeUnknown
from joanie.payment.factories import CreditCardFactory
from joanie.payment.models import CreditCard, Payment, Transaction
from joanie.payment.services.credit_cards import delete_card, forget_card
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.reconciliation import reconcile_payments


def test_a_card_is_saved_with_the_owners_consent(shop: Shop, card: CreditCard) -> None:
    assert card.owner == shop.owner
    assert (card.brand, card.last_numbers) == ("Visa", "4242")
    assert (card.state, card.is_main, card.backend) == ("active", True, "dummy")


def test_one_click_validates_the_order_at_once(shop: Shop, card: CreditCard) -> None:
    checkout = shop.one_click(card)
    assert checkout.payment_info["is_paid"] is True
    assert fresh(checkout.order).state == "validated"
    payment = last_payment(checkout.order)
    assert (payment.method, payment.credit_card, payment.state) == ("one_click", card, "succeeded")


def test_the_notification_of_a_one_click_payment_books_nothing_more(
    shop: Shop, provider: Provider, card: CreditCard
) -> None:
    order = shop.one_click(card).order
    provider.deliver()
    assert order.proforma_invoices.get().transactions.count() == 1


def test_a_declined_one_click_is_a_value(shop: Shop, provider: Provider) -> None:
    card = save_card(shop, provider, "declined_later")
    checkout = shop.one_click(card)
    assert checkout.payment_info["is_paid"] is False
    assert checkout.payment_info["failure_code"] == "declined"
    assert fresh(checkout.order).state == "failed"
    assert fresh(card).state == "active"


@pytest.mark.parametrize("state", ["canceled", "expired"])
def test_a_charge_that_is_over_before_it_was_made_is_a_decline(
    deaf_shop: Shop, provider: Provider, state: str
) -> None:
    card = save_card_unheard(deaf_shop, provider)
    provider.fail("create_payment", "lie", overrides={"status": state})
    checkout = deaf_shop.one_click(card)
    assert checkout.payment_info["failure_code"] == state
    assert fresh(checkout.order).state == "failed"


def test_a_card_that_will_never_work_again_is_revoked(shop: Shop, provider: Provider) -> None:
    first = save_card(shop, provider)
    card = save_card(shop, provider, "lost_later")
    CreditCard.objects.filter(pk=first.pk).update(is_main=False)
    CreditCard.objects.filter(pk=card.pk).update(is_main=True)
    checkout = shop.one_click(card)
    assert checkout.payment_info["failure_code"] == "declined"
    assert last_payment(checkout.order).failure_code == "lost_or_stolen"
    assert (fresh(card).state, fresh(card).is_main) == ("revoked", False)
    assert fresh(first).is_main


def test_a_card_that_the_provider_forgot_is_revoked(
    shop: Shop, provider: Provider, card: CreditCard
) -> None:
    provider.http.delete(f"/v1/cards/{card.token}")
    checkout = shop.one_click(card)
    assert checkout.payment_info["failure_code"] == "invalid_card"
    assert fresh(card).state == "revoked"
    assert fresh(checkout.order).state == "failed"


@pytest.mark.parametrize(("answer", "state"), [("confirm", "validated"), ("refuse", "failed")])
def test_a_challenge_decides_the_payment(
    shop: Shop, provider: Provider, answer: str, state: str
) -> None:
    card = save_card(shop, provider, "three_d_secure")
    checkout = shop.one_click(card)
    assert checkout.payment_info["is_paid"] is False
    assert last_payment(checkout.order).state == "pending"
    provider.confirm(checkout.payment_info["url"], answer)
    provider.deliver()
    assert fresh(checkout.order).state == state


def test_somebody_elses_card_does_not_exist(shop: Shop) -> None:
    card = CreditCardFactory(owner=UserFactory())
    with pytest.raises(PaymentMethodUnusable) as refusal:
        shop.one_click(card)
    assert refusal.value.field == "credit_card_id"
    assert not Order.objects.exists()
    assert not Payment.objects.exists()


def test_somebody_elses_card_changes_nothing_even_when_the_price_did(
    shop: Shop, provider: Provider
) -> None:
    old = shop.order().order
    shop.product.price = Money("99.00", "EUR")
    shop.product.save()
    with pytest.raises(PaymentMethodUnusable):
        shop.one_click(CreditCardFactory(owner=UserFactory()))
    assert fresh(old).state == "pending"
    assert last_payment(old).state == "pending"


@pytest.mark.parametrize("state", ["expired", "revoked", "deleting"])
def test_only_an_active_card_pays(shop: Shop, state: str) -> None:
    card = CreditCardFactory(owner=shop.owner, state=state)
    with pytest.raises(PaymentMethodUnusable):
        shop.one_click(card)
    assert not Order.objects.exists()


class Deleting(DummyPaymentBackend):
    """While it aborts a payment, the learner removes all cards."""

    def abort_payment(self, payment_id: str) -> None:
        super().abort_payment(payment_id)
        CreditCard.objects.all().delete()


class Revoking(DummyPaymentBackend):
    """While it aborts a payment, another one says that the cards will never work again."""

    def abort_payment(self, payment_id: str) -> None:
        super().abort_payment(payment_id)
        CreditCard.objects.update(state="revoked", is_main=False)


@pytest.mark.parametrize("backend", [Deleting, Revoking])
def test_a_card_that_is_lost_while_its_order_is_prepared_pays_nothing(
    shop: Shop, card: CreditCard, settings: Settings, backend: type
) -> None:
    order = shop.order().order
    entry = {
        **settings.JOANIE["PAYMENT_BACKENDS"]["dummy"],
        "backend": f"{__name__}.{backend.__name__}",
    }
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"dummy": entry}}
    with pytest.raises(PaymentMethodUnusable) as error:
        shop.one_click(card)
    assert error.value.field == "credit_card_id"
    assert order.payments.get().state == "canceled"


def test_a_card_is_only_paid_through_its_own_backend(shop: Shop) -> None:
    card = CreditCardFactory(owner=shop.owner, backend="other")
    with pytest.raises(PaymentMethodUnusable) as refusal:
        shop.order(credit_card_id=card.pk, payment_method="dummy")
    assert refusal.value.field == "payment_method"


def test_an_unknown_outcome_blocks_a_second_charge(
    shop: Shop, provider: Provider, card: CreditCard
) -> None:
    provider.fail("create_payment", "timeout_before", seconds=3)
    with pytest.raises(ProviderUnavailable):
        shop.one_click(card)
    with pytest.raises(PaymentOutcomeUnknown):
        shop.one_click(card)
    assert Payment.objects.filter(order__product=shop.product).count() == 1


def test_a_charge_whose_answer_was_lost_is_found_when_paying_again(
    shop: Shop, provider: Provider, card: CreditCard
) -> None:
    provider.instruct(
        notifications={"drop": True},
        api={
            "fail": [
                {"operation": "create_payment", "mode": "timeout_after", "seconds": 3, "times": 1}
            ]
        },
    )
    with pytest.raises(ProviderUnavailable):
        shop.one_click(card)
    with pytest.raises(Exception, match="already bought"):
        shop.one_click(card)
    order = Order.objects.get(product=shop.product)
    assert order.state == "validated"
    assert order.proforma_invoices.get().transactions.count() == 1


def test_a_double_click_charges_once(shop: Shop, card: CreditCard) -> None:
    results = at_once(lambda: shop.one_click(card), lambda: shop.one_click(card))
    order = Order.objects.get(product=shop.product)
    assert order.state == "validated"
    assert Transaction.objects.filter(proforma_invoice__order=order).count() == 1
    assert sum(isinstance(result, Exception) for result in results) == 1


def test_a_one_click_that_is_processing_waits_for_the_provider(
    shop: Shop, provider: Provider
) -> None:
    card = save_card_of_slow_bank(shop, provider)
    checkout = shop.one_click(card)
    assert last_payment(checkout.order).state == "processing"
    with pytest.raises(PaymentOutcomeUnknown):
        shop.one_click(card)
    provider.settle(checkout.payment_info["payment_id"], status="succeeded")
    provider.deliver()
    assert fresh(checkout.order).state == "validated"
    assert not reconcile_payments().changed


def save_card_of_slow_bank(shop: Shop, provider: Provider) -> CreditCard:
    elsewhere = Shop(shop.base_url, owner=shop.owner, product=ProductFactory())
    checkout = elsewhere.order(save_card=True)
    provider.settle(
        checkout.payment_info["payment_id"], status="succeeded", card="slow", save_card=True
    )
    provider.deliver()
    return CreditCard.objects.get()


def test_a_card_that_was_removed_does_not_come_back_with_its_last_payment(
    deaf_shop: Shop, provider: Provider
) -> None:
    card = save_card_unheard(deaf_shop, provider)
    provider.fail("create_payment", "reset_after")
    with pytest.raises(ProviderUnavailable):
        deaf_shop.one_click(card)
    delete_card(card=card)
    forget_card(card.pk)
    payment = Payment.objects.order_by("created_on").last()
    assert payment is not None
    assert pull_payment(payment).state == "succeeded"
    assert not CreditCard.objects.exists()


def save_card_unheard(shop: Shop, provider: Provider) -> CreditCard:
    """Save a card with a purchase whose notification never comes."""
    elsewhere = Shop(shop.base_url, owner=shop.owner)
    payment = last_payment(elsewhere.order(save_card=True).order)
    provider.pay(payment.url, save_card=True)
    pull_payment(payment)
    return CreditCard.objects.get()
