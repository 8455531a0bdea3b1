"""What the provider sends, and what somebody else sends in its name."""

import logging

import pytest

from joanie.common.exceptions import ProviderProtocolError
from joanie.payment.backends.types import Capability
from joanie.payment.conformance.harness import Card, Feature, Forgery
from joanie.payment.conformance.shop import Shop
from joanie.payment.models import NotificationRejection, PaymentNotification, Transaction
from joanie.payment.services.pull import pull_payment

needs = pytest.mark.needs

TOLD = (Feature.HOSTED_PAGE, Feature.NOTIFIES_OF_PAYMENTS)


@needs(*TOLD)
def test_eight_copies_at_the_same_moment_are_booked_once(shop: Shop) -> None:
    """how-money-moves.md §4, twice at the same moment; §6, duplicate notifications."""
    shop.harness.duplicate(7)
    purchase = shop.buy(saves=shop.backend.supports_one_click)
    shop.try_inbox_again()
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@needs(*TOLD)
def test_a_notification_that_comes_again_changes_nothing(shop: Shop) -> None:
    """how-money-moves.md §4.2, stored and processed; §6, duplicate notifications."""
    shop.buy()
    books = shop.books()
    shop.harness.send_again()
    assert shop.books() == books


@needs(*TOLD, Feature.REFUNDS)
def test_an_old_notification_is_no_news(shop: Shop) -> None:
    """how-money-moves.md §4.5, failed after succeeded changes nothing; §5, replays."""
    purchase = shop.buy()
    notification = PaymentNotification.objects.latest("created_on")
    shop.give_back(purchase)
    books = shop.books()
    assert shop.replay(notification, "first") < 500
    assert shop.books() == books


@needs(*TOLD, Feature.REFUND_ELSEWHERE)
def test_news_that_come_backwards_end_in_the_same(shop: Shop) -> None:
    """how-money-moves.md §4.5, refunded before succeeded; §6, reordered notifications."""
    shop.harness.hold()
    purchase = shop.buy()
    shop.refund_elsewhere(purchase)
    shop.harness.let_go(backwards=True)
    shop.try_inbox_again()
    assert (purchase.state, purchase.lines) == ("refunded", [shop.price, -shop.price])


@needs(*TOLD, Feature.DECLINE_ON_PAGE)
def test_a_late_failure_does_not_touch_a_paid_order(shop: Shop) -> None:
    """how-money-moves.md §1, _do_on_payment_failure; §6, late notifications."""
    shop.harness.hold()
    purchase = shop.buy(Card.DECLINED)
    shop.pay_again(purchase)
    shop.harness.let_go(backwards=True)
    shop.try_inbox_again()
    assert (purchase.state, purchase.lines) == ("validated", [shop.price])


@pytest.mark.parametrize("forgery", Forgery, ids=lambda forgery: forgery.name.lower())
def test_nothing_is_booked_of_a_forgery(shop: Shop, forgery: Forgery) -> None:
    """how-money-moves.md §4.1, forged; §5, attacks; §6, forged notifications."""
    reference = unpaid(shop)
    books = shop.books()
    status = shop.harness.forge(reference, shop.notification_url(), forgery)
    shop.try_inbox_again()
    assert 200 <= status < 500
    assert (shop.books(), Transaction.objects.count()) == (books, 0)


@needs(Feature.SIGNS)
@pytest.mark.parametrize(
    "forgery",
    [Forgery.UNSIGNED, Forgery.WRONG_SECRET, Forgery.CHANGED],
    ids=lambda forgery: forgery.name.lower(),
)
def test_what_the_provider_did_not_sign_leaves_no_row(shop: Shop, forgery: Forgery) -> None:
    """how-money-moves.md §4.1, authenticate first."""
    reference = unpaid(shop)
    stored = PaymentNotification.objects.count()
    calls = shop.harness.count_calls()
    status = shop.harness.forge(reference, shop.notification_url(), forgery)
    assert 400 <= status < 500
    assert (PaymentNotification.objects.count(), shop.harness.count_calls()) == (stored, calls)
    assert NotificationRejection.objects.get().count == 1


@needs(Feature.AGED_SIGNATURES)
@pytest.mark.parametrize(
    "forgery",
    [Forgery.OLD, Forgery.FROM_THE_FUTURE],
    ids=lambda forgery: forgery.name.lower(),
)
def test_a_signature_of_another_time_is_refused(shop: Shop, forgery: Forgery) -> None:
    """how-money-moves.md §4.1, tolerance window both ways; §5, replays."""
    status = shop.harness.forge(unpaid(shop), shop.notification_url(), forgery)
    assert 400 <= status < 500


@pytest.mark.parametrize(
    "forgery",
    [Forgery.UNKNOWN_ID, Forgery.CRAFTED_ID],
    ids=lambda forgery: forgery.name.lower(),
)
def test_an_unknown_id_makes_us_call_nobody(shop: Shop, forgery: Forgery) -> None:
    """how-money-moves.md §5, a known attempt is checked before any fetch; crafted ids."""
    reference = unpaid(shop)
    calls = shop.harness.count_calls()
    shop.harness.forge(reference, shop.notification_url(), forgery)
    assert shop.harness.count_calls() == calls


def test_a_huge_notification_is_refused_unread(shop: Shop) -> None:
    """how-money-moves.md §5, huge bodies."""
    reference, stored = unpaid(shop), PaymentNotification.objects.count()
    status = shop.harness.forge(reference, shop.notification_url(), Forgery.HUGE)
    assert 400 <= status < 500
    assert PaymentNotification.objects.count() == stored


def test_a_type_that_nobody_knows_is_ignored(shop: Shop) -> None:
    """how-money-moves.md §4.2, store, then act: unknown events are kept and ignored."""
    reference = unpaid(shop)
    status = shop.harness.forge(reference, shop.notification_url(), Forgery.UNKNOWN_TYPE)
    assert status == 200
    assert PaymentNotification.objects.latest("created_on").state == "ignored"


@needs(Feature.MODES)
def test_news_of_the_other_mode_do_not_concern_us(shop: Shop) -> None:
    """how-money-moves.md §5, attacks: a test event at the live endpoint."""
    reference = unpaid(shop)
    books = shop.books()
    status = shop.harness.forge(reference, shop.notification_url(), Forgery.OTHER_MODE)
    assert 200 <= status < 500
    assert shop.books() == books


@needs(*TOLD)
def test_news_of_another_account_are_not_booked(shop: Shop) -> None:
    """how-money-moves.md §1, two accounts of one provider are two aliases."""
    shop.buy(alias="second")
    books = shop.books()
    status = shop.replay(PaymentNotification.objects.latest("created_on"), "first")
    shop.try_inbox_again()
    assert 200 <= status < 500
    assert shop.books() == books


@needs(Feature.EVENT_IDS, *TOLD)
def test_a_notification_has_an_id_of_its_own(shop: Shop) -> None:
    """how-money-moves.md §4.2, (alias, provider event id) is unique."""
    shop.buy()
    notification = PaymentNotification.objects.latest("created_on")
    assert notification.event_id
    assert shop.replay(notification, "first") == 200
    assert PaymentNotification.objects.filter(event_id=notification.event_id).count() == 1


@needs(Feature.UNKNOWN_STATUS, *TOLD)
def test_a_status_that_nobody_knows_is_kept_and_alerted(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """how-money-moves.md §1, an unknown status raises and is kept, never read as unpaid."""
    purchase = shop.order()
    shop.harness.say_unknown_status(purchase.reference)
    shop.harness.deliver()
    assert PaymentNotification.objects.latest("created_on").state == "failed"
    assert (purchase.state, purchase.payment.state) == ("pending", "pending")
    assert any(record.levelno >= logging.ERROR for record in caplog.records)


@needs(Feature.UNKNOWN_STATUS, Feature.READS)
def test_a_status_that_nobody_knows_is_not_guessed_by_the_pull(shop: Shop) -> None:
    """how-money-moves.md §1, an unknown status raises and is kept, never read as unpaid."""
    purchase = shop.order()
    books = shop.books()
    shop.harness.hold()
    shop.harness.say_unknown_status(purchase.reference)
    with pytest.raises(ProviderProtocolError):
        pull_payment(purchase.payment)
    assert shop.books() == books


@needs(Feature.CHALLENGES_ADDRESS)
def test_our_address_can_be_checked(shop: Shop) -> None:
    """how-money-moves.md §1, answer_challenge."""
    assert shop.backend.can(Capability.ANSWER_CHALLENGE)


def unpaid(shop: Shop) -> str:
    """Give the provider's name of something that was not paid: a page, or else a decline."""
    purchase = shop.order() if shop.has_page else shop.buy(Card.DECLINED)
    shop.harness.deliver()
    return purchase.reference
