"""Charging nonces and saved cards: what only Braintree does."""

from dataclasses import replace
from typing import Any

import pytest

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.common.money import Money
from joanie.emulators.braintree.cards import FAKE_NONCES
from joanie.emulators.braintree.client_tokens import open_client_token
from joanie.payment.conformance.harness import Card, Fault, Operation
from joanie.payment.conformance.shop import Purchase, Shop
from joanie.payment.exceptions import CreatePaymentFailed, PaymentMethodUnusable
from joanie.payment.models import CreditCard, Payment
from joanie.payment.services.card_setup import make_client_token
from joanie.payment.services.pull import pull_payment

FAILED_3DS = "fake-three-d-secure-visa-failed-authentication-nonce"
PASSED_3DS = "fake-three-d-secure-two-visa-successful-step-up-authentication-nonce"


def configure(shop: Shop, **changes: Any) -> None:
    """Change the settings of the first account."""
    backends = shop._configured.JOANIE["PAYMENT_BACKENDS"]
    configuration = {**backends["first"]["configuration"], **changes}
    entry = {**backends["first"], "configuration": configuration}
    changed = {**shop._configured.JOANIE, "PAYMENT_BACKENDS": {**backends, "first": entry}}
    shop._configured.JOANIE = changed


def refused(shop: Shop, nonce: str) -> str:
    """Order with a nonce that is refused; give the failure code."""
    with pytest.raises(CreatePaymentFailed) as refusal:
        shop.order(payment_method_nonce=nonce)
    assert refusal.value.status == 422
    return str(refusal.value.context["failure_code"])


def test_a_nonce_is_charged_at_once(shop: Shop) -> None:
    purchase = shop.order(payment_method_nonce="fake-valid-nonce", device_data='{"id": "1"}')
    assert purchase.info["is_paid"] is True
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])
    found = shop.harness.find(purchase.reference)
    assert (found.reference, found.saves_card) == (str(purchase.payment.pk), False)


@pytest.mark.parametrize("nonce", ["fake-consumed-nonce", "tokencc_unknown"])
def test_a_nonce_that_is_used_up_asks_for_the_form_again(shop: Shop, nonce: str) -> None:
    assert refused(shop, nonce) == "expired"


@pytest.mark.parametrize("nonce", ["../transactions/1", "a b", "é", "n" * 256])
def test_what_cannot_be_a_nonce_is_sent_to_nobody(shop: Shop, nonce: str) -> None:
    calls = shop.harness.count_calls()
    assert refused(shop, nonce) == "incorrect_data"
    assert shop.harness.count_calls() == calls


def test_a_used_nonce_does_not_charge_twice(shop: Shop) -> None:
    nonce = shop.harness.prepare(Card.GOOD)["payment_method_nonce"]
    shop.order(payment_method_nonce=nonce)
    assert refused(shop, nonce) == "expired"
    assert shop.harness.count_paid() == 1


@pytest.mark.parametrize(
    ("price", "code"),
    [("2001.00", "insufficient_funds"), ("2099.00", "authentication_required")],
)
def test_an_amount_of_the_sandbox_decides(shop: Shop, price: str, code: str) -> None:
    product = shop.product()
    product.price = Money(price, "EUR")
    product.save()
    purchase = shop.order(product=product)
    assert purchase.info["is_paid"] is False
    assert (purchase.info["failure_code"], purchase.state) == (code, "failed")


def test_a_stolen_card_is_told_as_a_decline(shop: Shop) -> None:
    nonce = next(name for name, (card, _) in FAKE_NONCES.items() if card == "fraud")
    purchase = shop.order(payment_method_nonce=nonce)
    assert purchase.info["failure_code"] == "declined"
    assert purchase.payment.failure_code == "fraud_suspected"


def test_three_d_secure_is_asked_for_when_it_is_required(shop: Shop) -> None:
    accounts = {"EUR": "account_eur"}
    configure(shop, requires_three_d_secure=True, merchant_account_ids=accounts)
    nonces = ["fake-valid-nonce", FAILED_3DS, PASSED_3DS]
    told = [shop.order(payment_method_nonce=nonce).info for nonce in nonces]
    assert [each.get("failure_code") for each in told] == [
        "authentication_required",
        "authentication_failed",
        None,
    ]
    assert told[-1]["is_paid"] is True
    assert shop.build().get_public_configuration() == {"requires_three_d_secure": True}


def test_a_bank_that_wants_three_d_secure_refuses_one_click(shop: Shop) -> None:
    card = shop.save_card()
    CreditCard.objects.update(token=_token_of(shop, "2099"))
    purchase = shop.one_click(CreditCard.objects.get(pk=card.pk))
    assert purchase.info["failure_code"] == "authentication_required"
    assert CreditCard.objects.get().state == "active"


def test_a_currency_without_an_account_is_refused_before_anything_is_written(shop: Shop) -> None:
    configure(shop, merchant_account_ids={"USD": "account_usd"})
    calls = shop.harness.count_calls()
    with pytest.raises(PaymentMethodUnusable):
        shop.order()
    assert shop.harness.count_calls() == calls
    assert not Payment.objects.exists()


def test_money_in_another_currency_is_never_taken_for_ours(shop: Shop) -> None:
    configure(shop, merchant_account_ids={"EUR": "account_usd"})
    with pytest.raises(ProviderUnavailable) as told:
        shop.order()
    purchase = Purchase(told.value.context["order_id"])
    assert purchase.state == "pending"
    pull_payment(purchase.payment)
    assert (purchase.state, purchase.payment.flag) == ("pending", "wrong_currency")


def test_a_part_of_the_amount_is_not_enough(shop: Shop) -> None:
    product = shop.product()
    product.price = Money("1004.00", "EUR")
    product.save()
    with pytest.raises(ProviderUnavailable) as told:
        shop.order(product=product)
    purchase = Purchase(told.value.context["order_id"])
    pull_payment(purchase.payment)
    assert (purchase.state, purchase.payment.flag) == ("pending", "short")


def test_an_account_that_may_send_no_keys_sells_without(shop: Shop) -> None:
    shop.harness.emulator.controls.replace({"request_keys": False}, operations=())
    purchase = shop.order()
    shop.give_back(purchase, shop.part)
    assert purchase.lines == [shop.price, -shop.part]


def test_a_form_that_could_save_cards_by_itself_is_opened_for_nobody(shop: Shop) -> None:
    token = make_client_token(owner=shop.owner, payment_method="first")
    _, note = open_client_token(shop.harness.state, token)
    assert note["customer"] is None
    assert shop.harness.state.notes.all("customer", shop.harness.account(0)) == []


def test_a_learner_who_saves_cards_is_one_customer(shop: Shop) -> None:
    for _ in range(2):
        shop.order(save_card=True, payment_method_nonce="fake-valid-nonce")
    (customer,) = shop.harness.state.notes.all("customer", shop.harness.account(0))
    assert len(customer["id"]) <= 36


def test_a_merchant_account_that_is_unknown_is_ours_to_mend(shop: Shop) -> None:
    configure(shop, merchant_account_ids={"EUR": "moon"})
    with pytest.raises(ProviderRejected):
        make_client_token(owner=shop.owner, payment_method="first")
    with pytest.raises(ProviderRejected):
        shop.order()


def test_a_search_that_hangs_leaves_the_charge_unknown(shop: Shop) -> None:
    lost = shop.failing(Operation.CREATE, Fault.LOST_AFTER)
    with lost, pytest.raises(ProviderUnavailable) as told:
        shop.order()
    purchase = Purchase(told.value.context["order_id"])
    with shop.failing(Operation.FIND, Fault.HTML), pytest.raises(ProviderUnavailable):
        pull_payment(purchase.payment)
    assert purchase.payment.state == "created"


def _token_of(shop: Shop, test_card: str) -> str:
    """Save a card that the form would not let anybody save."""
    state, account = shop.harness.state, shop.harness.account(0)
    (card,) = state.saved_cards(account)
    other = replace(card, test_card=state.provider.test_cards[test_card], token="other")
    state.keep_card(other, "other", account)
    return "other"
