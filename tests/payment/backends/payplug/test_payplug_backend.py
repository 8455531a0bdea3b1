"""What only PayPlug's backend does; the rest is the conformance suite's."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from tests.payment.backends.payplug.payplug_shop import KEY, PayplugPeople, PayplugShop, backend
from tests.shop import fresh, last_payment

from joanie.common.exceptions import ProviderProtocolError, ProviderRejected, ProviderUnavailable
from joanie.common.money import Money
from joanie.core.factories import ProductFactory
from joanie.core.models import Order
from joanie.payment.backends.payplug import PayplugBackend
from joanie.payment.backends.payplug.client import PayplugClient
from joanie.payment.exceptions import AbortPaymentFailed, RefundPaymentFailed
from joanie.payment.factories import CreditCardFactory
from joanie.payment.models import CreditCard, Payment
from joanie.payment.services.pull import pull_payment

EPOCH = datetime.fromtimestamp(0, UTC)
LOST = [("reset_after", {}), ("timeout_after", {"seconds": 3}), ("html", {"status": 200})]


def saved_card(shop: PayplugShop, people: PayplugPeople, card: str = "success") -> CreditCard:
    """Buy something else on PayPlug's page, having agreed to save the card."""
    elsewhere = PayplugShop(shop.base_url, owner=shop.owner)
    people.pay(elsewhere.order(save_card=True).payment_info["url"], card)
    people.deliver()
    return CreditCard.objects.get()


def test_what_payplug_is_told(shop: PayplugShop, people: PayplugPeople) -> None:
    order = shop.order().order
    payment = last_payment(order)
    wire = people.payment(payment.provider_reference)
    names = {"backend": "payplug", "order": str(order.pk), "attempt": str(payment.pk)}
    assert wire["metadata"] == names
    assert wire["description"] == order.product.title
    assert wire["billing"]["last_name"] == payment.billing_address["last_name"]
    assert wire["billing"]["email"] == shop.owner.email
    assert (wire["save_card"], wire["allow_save_card"]) == (False, False)


def test_an_account_that_may_not_save_cards_sells_all_the_same(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    people.instruct(can_save_cards=False)
    checkout = shop.order(save_card=True)
    people.pay(checkout.payment_info["url"])
    people.deliver()
    assert fresh(checkout.order).state == "validated"
    assert not CreditCard.objects.exists()


def test_an_amount_that_the_account_does_not_take_is_ours_to_mend(
    deaf_shop: PayplugShop, people: PayplugPeople
) -> None:
    deaf_shop.product = ProductFactory(price=Money("0.50", "EUR"))
    with pytest.raises(ProviderRejected) as refused:
        deaf_shop.order()
    assert refused.value.context["reason"] == "status 400 amount"
    assert Order.objects.get().state == "failed"


def test_a_payment_is_never_asked_for_twice(deaf_shop: PayplugShop, people: PayplugPeople) -> None:
    people.fail("create_payment", "reset")
    with pytest.raises(ProviderUnavailable):
        deaf_shop.order()
    assert people.payments() == []


@pytest.mark.parametrize(("mode", "details"), LOST[:2])
def test_a_payment_whose_creation_was_not_answered_is_found_in_the_list(
    deaf_shop: PayplugShop, people: PayplugPeople, mode: str, details: dict[str, int]
) -> None:
    people.fail("create_payment", mode, **details)
    with pytest.raises(ProviderUnavailable):
        deaf_shop.order()
    (wire,) = people.payments()
    people.pay(wire["hosted_payment"]["payment_url"])
    assert pull_payment(Payment.objects.get()).provider_reference == wire["id"]
    assert Order.objects.get().state == "validated"


def test_older_payments_are_not_looked_through(
    deaf_shop: PayplugShop, people: PayplugPeople
) -> None:
    found = last_payment(deaf_shop.order().order).provider_reference
    long_ago = timezone.now() - timedelta(days=1)
    people.settle(found, status="requires_payment", overrides={"created_at": 1})
    assert [*backend().list_payments(long_ago)] == []
    assert [each.reference for each in backend().list_payments(EPOCH)] == [found]


def test_other_business_of_the_account_is_not_listed(
    deaf_shop: PayplugShop, people: PayplugPeople
) -> None:
    reference = last_payment(deaf_shop.order().order).provider_reference
    people.http.patch(f"/v1/payments/{reference}", json={"metadata": {"cart": 7}})
    assert [*backend().list_payments(EPOCH)] == []


def test_a_saved_card_that_payplug_has_forgotten_is_revoked(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    card = CreditCardFactory(owner=shop.owner, backend="payplug", token="card_forgotten")
    checkout = shop.one_click(card)
    assert checkout.payment_info["failure_code"] == "invalid_card"
    assert fresh(card).state == "revoked"


def test_a_saved_card_pays_and_is_not_saved_again(
    shop: PayplugShop, people: PayplugPeople
) -> None:
    card = saved_card(shop, people)
    checkout = shop.one_click(card)
    people.deliver()
    assert fresh(checkout.order).state == "validated"
    assert CreditCard.objects.get() == card


def test_what_is_aborted_already_is_aborted(deaf_shop: PayplugShop, people: PayplugPeople) -> None:
    reference = last_payment(deaf_shop.order().order).provider_reference
    for _ in range(2):
        backend().abort_payment(reference)
    backend().abort_payment("pay_1")
    assert people.payment(reference)["failure"]["code"] == "aborted"


def test_what_is_paid_is_not_aborted(deaf_shop: PayplugShop, people: PayplugPeople) -> None:
    checkout = deaf_shop.order()
    people.pay(checkout.payment_info["url"])
    with pytest.raises(AbortPaymentFailed):
        backend().abort_payment(checkout.payment_info["payment_id"])


def test_an_abort_in_doubt_is_read_again(deaf_shop: PayplugShop, people: PayplugPeople) -> None:
    reference = last_payment(deaf_shop.order().order).provider_reference
    people.fail("update_payment", "html")
    with pytest.raises(ProviderProtocolError):
        backend().abort_payment(reference)
    people.fail("update_payment", "lie", overrides={"is_paid": "perhaps"})
    backend().abort_payment(reference)


@pytest.mark.parametrize(("mode", "details"), LOST[:2])
def test_a_refund_whose_answer_was_lost_is_not_made_again(
    deaf_shop: PayplugShop, people: PayplugPeople, mode: str, details: dict[str, int]
) -> None:
    checkout = deaf_shop.order()
    reference = checkout.payment_info["payment_id"]
    people.pay(checkout.payment_info["url"])
    people.fail("create_refund", mode, **details)
    with pytest.raises(ProviderUnavailable):
        backend().refund_payment(reference, Money("20.00", "EUR"), "a refund")
    again = backend().refund_payment(reference, Money("20.00", "EUR"), "a refund")
    assert [each["id"] for each in people.refunds(reference)] == [again.reference]


def test_a_refund_that_is_refused_says_why(deaf_shop: PayplugShop, people: PayplugPeople) -> None:
    checkout = deaf_shop.order()
    reference = checkout.payment_info["payment_id"]
    people.pay(checkout.payment_info["url"])
    with pytest.raises(RefundPaymentFailed, match="amount"):
        backend().refund_payment(reference, Money("0.05", "EUR"), "a refund")


def test_what_payplug_does_not_know_is_not_given_back(deaf_shop: PayplugShop) -> None:
    with pytest.raises(RefundPaymentFailed):
        backend().refund_payment("pay_1", Money("20.00", "EUR"), "a refund")


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.retrieve_payment("pay_1"),
        lambda client: client.abort_payment("pay_1"),
        lambda client: client.refund_payment("pay_1", {}),
        lambda client: client.list_refunds("pay_1"),
        lambda client: client.delete_card("card_1"),
    ],
)
def test_a_404_of_another_address_says_nothing_of_what_exists(
    payplug_url: str, ask: Callable[[PayplugClient], object]
) -> None:
    client = PayplugClient({"base_url": f"{payplug_url}/elsewhere", "secret_key": KEY})
    with pytest.raises(ProviderProtocolError, match="404"):
        ask(client)


def test_a_404_of_a_proxy_makes_no_payment_aborted(
    deaf_shop: PayplugShop, people: PayplugPeople
) -> None:
    reference = last_payment(deaf_shop.order().order).provider_reference
    people.fail("update_payment", "html", status=404)
    with pytest.raises(ProviderProtocolError):
        backend().abort_payment(reference)


def test_many_refunds_are_read_page_by_page(
    deaf_shop: PayplugShop, people: PayplugPeople, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joanie.payment.backends.payplug.client.PER_PAGE", 2)
    checkout = deaf_shop.order()
    reference = checkout.payment_info["payment_id"]
    people.pay(checkout.payment_info["url"])
    for _ in range(5):
        people.refund_in_portal(reference, 100)
    found = backend().retrieve_payment(reference)
    assert found is not None
    assert [each.amount.amount for each in found.refunds] == [1] * 5


def test_an_object_of_the_other_mode_is_not_believed(
    deaf_shop: PayplugShop, people: PayplugPeople
) -> None:
    payment = last_payment(deaf_shop.order().order)
    people.settle(payment.provider_reference, status="succeeded", overrides={"is_live": True})
    with pytest.raises(ProviderProtocolError):
        pull_payment(payment)
    assert fresh(payment).state == "pending"
    assert [*backend().list_payments(EPOCH)] == []


@pytest.mark.parametrize(
    ("configuration", "fault"),
    [
        ({}, "“secret_key” is missing"),
        ({"secret_key": "pk_test_1"}, "begins with “sk_live_”"),
        ({"secret_key": "sk_test_1", "base_url": "api.payplug.com"}, "“base_url”"),
        ({"secret_key": "sk_test_1", "base_url": "http://api.payplug.com"}, "“base_url”"),
        ({"secret_key": "sk_test_1", "base_url": "http://127.0.0.1.example.org"}, "“base_url”"),
        ({"secret_key": "sk_test_1", "base_url": "https://["}, "“base_url”"),
        ({"secret_key": "sk_live_1", "base_url": "https://payplug.example.org"}, "sk_live_"),
        ({"secret_key": "sk_live_1", "base_url": "http://127.0.0.1:8074"}, "sk_live_"),
    ],
)
def test_a_wrong_setting_is_found_at_start(configuration: dict[str, str], fault: str) -> None:
    (found,) = PayplugBackend.find_faults(configuration)
    assert fault in found


@pytest.mark.parametrize(
    "configuration",
    [
        {"secret_key": "sk_live_1"},
        {"secret_key": "sk_live_1", "base_url": "https://api.payplug.com/"},
        {"secret_key": "sk_test_1", "base_url": "http://127.0.0.1:8074"},
        {"secret_key": "sk_test_1", "base_url": "http://localhost:8074/"},
        {"secret_key": "sk_test_1", "base_url": "https://payplug.example.org"},
    ],
)
def test_right_settings_have_no_faults(configuration: dict[str, str]) -> None:
    assert not [*PayplugBackend.find_faults(configuration)]
