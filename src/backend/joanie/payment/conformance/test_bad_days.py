"""The provider is down at each call, in every way: nothing is lost, nothing moves twice."""

import pytest

from joanie.common.exceptions import ProviderError, ProviderRejected, ProviderUnavailable
from joanie.common.money import to_minor_units
from joanie.payment.backends.types import Capability
from joanie.payment.conformance.harness import Fault, Feature, Operation
from joanie.payment.conformance.shop import Purchase, Shop
from joanie.payment.models import CreditCard, Payment, Refund
from joanie.payment.services.abort import abort_order
from joanie.payment.services.card_setup import CardSetupRequest, start_card_setup
from joanie.payment.services.credit_cards import delete_card, forget_card
from joanie.payment.services.pull import pull_payment
from joanie.payment.services.refunds import submit_refund

needs = pytest.mark.needs
each_fault = pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name.lower())


def error_of(fault: Fault) -> type[ProviderError]:
    """A wrong key is ours to mend; after anything else the outcome is unknown."""
    return ProviderRejected if fault is Fault.WRONG_KEY else ProviderUnavailable


@each_fault
def test_a_creation_that_goes_wrong_is_paid_once_in_the_end(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §5, wrong key, down, time-out; §6, provider down at each call.

    Who waits for an answer that comes too late gets it, and raises nothing.
    """
    product = shop.product()
    shop.harness.hold()
    with shop.failing(Operation.CREATE, fault), pytest.raises(error_of(fault)) as told:
        shop.order(product=product)
    purchase = Purchase(told.value.context["order_id"])
    assert purchase.state == ("failed" if fault is Fault.WRONG_KEY else "pending")
    shop.harness.let_go()
    shop.let_time_pass()
    if purchase.state != "validated":
        shop.buy(product=product)
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])
    assert shop.harness.count_paid() == 1


@each_fault
@needs(Feature.ONE_CLICK)
def test_a_charge_that_goes_wrong_is_made_once_in_the_end(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §5, down, time-out; §6, provider down at each call."""
    card, product = shop.save_card(), shop.product()
    shop.harness.hold()
    with shop.failing(Operation.CHARGE, fault), pytest.raises(error_of(fault)) as told:
        shop.one_click(card, product=product)
    purchase = Purchase(told.value.context["order_id"])
    assert purchase.state == ("failed" if fault is Fault.WRONG_KEY else "pending")
    shop.harness.let_go()
    shop.let_time_pass()
    if purchase.state != "validated":
        shop.one_click(card, product=product)
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])
    assert shop.harness.count_paid() == 2


@each_fault
@needs(Feature.READS)
def test_a_reading_that_goes_wrong_changes_nothing(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §4.8, the pull; §6, provider down at each call."""
    purchase = shop.buy()
    books = shop.books()
    with shop.failing(Operation.RETRIEVE, fault), pytest.raises(error_of(fault)):
        pull_payment(purchase.payment)
    pull_payment(purchase.payment)
    assert shop.books() == books


@each_fault
@needs(Feature.FINDS_LOST_CREATIONS)
def test_a_search_that_goes_wrong_is_made_again(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §4.8, creations whose answer was lost; §6, provider down at each call."""
    purchase = lose_creation(shop)
    with shop.failing(Operation.FIND, fault), pytest.raises(error_of(fault)):
        pull_payment(purchase.payment)
    assert purchase.payment.state == "created"
    pull_payment(purchase.payment)
    assert purchase.payment.provider_reference


@needs(Feature.FINDS_LOST_CREATIONS)
def test_a_creation_whose_answer_was_lost_is_found(shop: Shop) -> None:
    """how-money-moves.md §4.8, attempts whose creation we never saw the answer of."""
    purchase = lose_creation(shop)
    shop.let_time_pass()
    payment = purchase.payment
    assert payment.state == ("pending" if shop.has_page else "succeeded")
    assert shop.harness.asked(payment.provider_reference) == to_minor_units(shop.price)


@each_fault
@needs(Feature.LISTS, Feature.READS)
def test_a_list_that_goes_wrong_is_asked_for_again(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §4.8, reconcile; §6, provider down at each call."""
    purchase = shop.buy()
    shop.harness.lose_next(9)
    shop.refund_elsewhere(purchase)
    with shop.failing(Operation.LIST, fault):
        report = shop.compare_lately()
    assert [each.alias for each in report.unasked] == ["first"]
    shop.compare_lately()
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])


@each_fault
@needs(Feature.ABORTS, Feature.HOSTED_PAGE)
def test_an_abort_that_goes_wrong_can_be_made_again(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §2, abort; §6, provider down at each call."""
    purchase = shop.order()
    with shop.failing(Operation.ABORT, fault), pytest.raises(error_of(fault)):
        abort_order(order=purchase.order)
    shop.harness.deliver()
    abort_order(order=purchase.order)
    assert purchase.state == "canceled"
    assert not shop.harness.can_be_paid(purchase.reference)


@each_fault
@needs(Feature.REFUNDS)
def test_a_refund_that_goes_wrong_is_made_once_in_the_end(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §1, refund_payment; §6, provider down at each call."""
    purchase = shop.buy()
    refund = shop.ask_back(purchase)
    shop.harness.hold()
    with shop.failing(Operation.REFUND, fault), pytest.raises(error_of(fault)):
        submit_refund(refund.pk)
    assert Refund.objects.get().state == "requested"
    submit_refund(refund.pk)
    shop.harness.let_go()
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])
    assert shop.harness.refunded(purchase.reference) == to_minor_units(shop.price)


@each_fault
@needs(Feature.ONE_CLICK)
def test_a_card_is_forgotten_in_the_end(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §2, deleting; §6, provider down at each call."""
    card = shop.save_card()
    delete_card(card=card)
    with shop.failing(Operation.DELETE_CARD, fault), pytest.raises(error_of(fault)):
        forget_card(card.pk)
    assert CreditCard.objects.get().state == "deleting"
    forget_card(card.pk)
    assert not CreditCard.objects.exists()
    assert not shop.harness.has_card(card.token)


@each_fault
@needs(Feature.SAVES_WITHOUT_BUYING)
def test_a_card_set_up_that_goes_wrong_leaves_nothing(shop: Shop, fault: Fault) -> None:
    """how-money-moves.md §1, tokenize_card; §6, provider down at each call."""
    request = CardSetupRequest(base_url=shop.base_url, language="en", payment_method="first")
    with shop.failing(Operation.TOKENIZE, fault), pytest.raises(error_of(fault)):
        start_card_setup(owner=shop.owner, request=request)
    assert shop.books() == []
    assert start_card_setup(owner=shop.owner, request=request)


def lose_creation(shop: Shop) -> Purchase:
    """Order something; the provider has it, and its answer is lost."""
    assert shop.backend.can(Capability.FIND)
    shop.harness.hold()
    lost = shop.failing(Operation.CREATE, Fault.LOST_AFTER)
    with lost, pytest.raises(ProviderUnavailable) as told:
        shop.order()
    assert Payment.objects.get().state == "created"
    return Purchase(told.value.context["order_id"])
