"""What providers have is compared with what is here: what is missing is booked, the rest shown."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from prometheus_client import REGISTRY
from pytest_django import Settings
from tests.payment.ledger.books import give_back, pay, state_of
from tests.payment.services import far_books
from tests.payment.services.far_books import (
    A_DAY,
    LATER,
    FarBooks,
    attempt,
    compare_all,
    moved_by,
    told,
)
from tests.shop import fresh

from joanie.common.exceptions import (
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnavailable,
)
from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.payment.backends.types import (
    DisputeState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    SavedCard,
)
from joanie.payment.enums import PaymentState, RefundState
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import (
    CreditCard,
    Difference,
    Payment,
    ProformaInvoice,
    Refund,
    Transaction,
)
from joanie.payment.services.reconciliation import (
    account,
    reconcile_payments,
    settle_difference,
)

pytestmark = pytest.mark.django_db

FAR = {"backend": "tests.payment.services.far_books.FarBackend"}
NEAR = {"backend": "tests.payment.services.far_books.NearBackend"}
NIGHTS = {"far": FAR, "near": NEAR}


@pytest.fixture
def books(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FarBooks:
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": NIGHTS,
        "DEFAULT_PAYMENT_BACKEND": "far",
    }
    books = FarBooks()
    monkeypatch.setattr(far_books, "books", books)
    return books


@pytest.fixture
def paid(books: FarBooks) -> Payment:
    """Give a payment that is booked here as it is there."""
    payment = attempt()
    books.write(payment)
    return fresh(pay(payment.order, backend="far", reference="pay_1"))


def refund(
    amount: Any = "30.00", state: str = "succeeded", currency: str = "EUR", **more: Any
) -> ProviderRefund:
    return ProviderRefund(
        **{
            "reference": "re_1",
            "amount": Money(amount, currency),
            "state": RefundState(state),
            **more,
        }
    )


def the_difference() -> tuple[str, str, str, str, str]:
    row = Difference.objects.get()
    return row.kind, row.subject, row.ours, row.theirs, row.state


# What can be booked is booked, and leaves a trace ------------------------------------------------


@pytest.mark.parametrize("alias", ["far", "near"])
def test_a_payment_whose_notification_never_came_is_booked(books: FarBooks, alias: str) -> None:
    payment = attempt(backend=alias)
    books.write(payment)
    assert told(compare_all(alias=alias)) == [("notification_lost", "healed")]
    assert state_of(payment.order) == "validated"
    assert the_difference() == (
        "notification_lost",
        "pay_1",
        "pending 120.00 EUR",
        "succeeded 120.00 EUR",
        "healed",
    )


def test_a_payment_whose_creation_was_never_answered_is_booked(books: FarBooks) -> None:
    payment = attempt("")
    books.write(payment)
    assert told(compare_all()) == [("answer_lost", "healed")]
    assert fresh(payment).provider_reference == f"far_{payment.pk}"
    assert Difference.objects.get().payment == payment


def test_an_attempt_that_never_reached_its_provider_expires_and_leaves_a_trace(
    books: FarBooks,
) -> None:
    payment = attempt("")
    Payment.objects.update(created_on=timezone.now() - timedelta(minutes=6))
    assert told(reconcile_payments()) == [("answer_lost", "healed")]
    assert fresh(payment).state == "expired"
    assert Difference.objects.get().subject == str(payment.pk)


def test_money_that_came_after_we_gave_up_is_booked(books: FarBooks) -> None:
    payment = attempt()
    payment.expire()
    payment.save()
    books.write(payment)
    assert told(compare_all()) == [("notification_lost", "healed")]
    assert fresh(payment).state == "succeeded"


def test_a_refund_of_the_dashboard_that_nobody_told_of_is_booked(
    books: FarBooks, paid: Payment
) -> None:
    books.change(paid, refunds=(refund(),))
    assert told(compare_all()) == [("refund", "healed")]
    assert Refund.objects.get().amount == Money("30.00", "EUR")
    assert the_difference() == ("refund", "re_1", "", "succeeded 30.00 EUR", "healed")
    assert not list(verify_ledger())


def test_each_lost_refund_of_a_payment_leaves_its_own_trace(
    books: FarBooks, paid: Payment
) -> None:
    books.change(paid, refunds=(refund(),))
    compare_all()
    books.change(paid, refunds=(refund(), refund(5, reference="re_2")))
    compare_all()
    assert {row.subject for row in Difference.objects.all()} == {"re_1", "re_2"}


def test_a_refund_of_ours_that_was_made_twice_there_differs(
    books: FarBooks, paid: Payment
) -> None:
    ours = Refund.objects.create(payment=paid, amount=Money("30.00", "EUR"))
    give_back(paid.order, "30.00", backend="far", refund_id=ours.pk)
    books.change(paid, refunds=(refund(), refund(reference="re_2", refund_id=ours.pk)))
    assert told(compare_all()) == [("refund", "healed")]
    assert [each.provider_reference for each in Refund.objects.order_by("created_on")] == [
        "re_1",
        "re_2",
    ]


def test_a_refund_that_failed_afterwards_is_taken_back(books: FarBooks, paid: Payment) -> None:
    give_back(paid.order, backend="far")
    books.change(paid, refunds=(refund(120, "failed"),))
    assert told(compare_all()) == [("refund", "healed")]
    assert state_of(paid.order) == "validated"


def test_a_dispute_that_nobody_told_of_is_booked_and_so_is_its_end(
    books: FarBooks, paid: Payment
) -> None:
    for state, order_state in [("open", "refunded"), ("won", "validated")]:
        dispute = ProviderDispute("dp_1", paid.amount, DisputeState(state))
        books.change(paid, disputes=(dispute,))
        assert told(compare_all()) == [("refund", "healed")]
        assert state_of(paid.order) == order_state
        assert told(compare_all()) == []


def test_a_second_payment_of_one_attempt_is_booked_and_flagged(
    books: FarBooks, paid: Payment
) -> None:
    twice = ProviderPayment("pay_2", PaymentState.SUCCEEDED, paid.amount, attempt_id=paid.pk)
    books.payments["pay_2"] = twice
    report = compare_all()
    assert told(report) == [("unknown_here", "healed")]
    booked = Payment.objects.get(provider_reference="pay_2")
    assert (booked.is_unmatched, booked.flag) == (True, "late")
    assert Difference.objects.get().payment == booked
    assert report.needs_a_person


@pytest.mark.parametrize("state", ["canceled", "succeeded"])
def test_a_second_payment_says_nothing_of_what_differs_in_the_first(
    books: FarBooks, paid: Payment, state: str
) -> None:
    books.change(paid, amount=Money(60, "EUR"))
    compare_all()
    books.payments.clear()
    twice = ProviderPayment("pay_2", PaymentState(state), Money(-1, "EUR"), attempt_id=paid.pk)
    books.payments["pay_2"] = twice
    books.write(paid, amount=Money(60, "EUR"))
    compare_all()
    assert Difference.objects.get(kind="amount").state == "open"


def test_yen_are_compared_and_booked_whole(books: FarBooks) -> None:
    product = ProductFactory(price=Money(500, "JPY"))
    payment = attempt(order=OrderFactory(product=product))
    back = refund(200, currency="JPY")
    books.write(payment, refunds=(back,))
    assert sorted(told(compare_all())) == [("notification_lost", "healed"), ("refund", "healed")]
    assert {row.theirs for row in Difference.objects.all()} == {
        "succeeded 500 JPY",
        "succeeded 200 JPY",
    }
    assert told(compare_all()) == []


def test_an_amount_that_we_did_not_ask_for_is_booked_and_needs_a_person(books: FarBooks) -> None:
    payment = attempt()
    books.write(payment, amount=Money(60, "EUR"))
    report = compare_all()
    assert told(report) == [("notification_lost", "healed"), ("amount", "healed")]
    assert {line.flag for line in report.lines} == {"short"}
    assert report.needs_a_person


# What cannot be booked stays open, untouched -----------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "kind"), [(Money(60, "EUR"), "amount"), (Money(120, "USD"), "currency")]
)
def test_another_amount_than_was_booked_is_for_staff(
    books: FarBooks, paid: Payment, amount: Money, kind: str
) -> None:
    books.change(paid, amount=amount)
    report = compare_all()
    assert told(report) == [(kind, "open")]
    assert report.needs_a_person
    assert Transaction.objects.get().total == Money(120, "EUR")


@pytest.mark.parametrize("state", ["failed", "canceled", "pending"])
def test_what_was_paid_is_never_read_as_unpaid(books: FarBooks, paid: Payment, state: str) -> None:
    books.change(paid, state=PaymentState(state))
    assert told(compare_all()) == [("state", "open")]
    assert (fresh(paid).state, state_of(paid.order)) == ("succeeded", "validated")


def test_a_payment_that_the_provider_does_not_know_is_for_staff(
    books: FarBooks, paid: Payment
) -> None:
    books.payments.clear()
    assert told(compare_all()) == [("unknown_there", "open")]
    assert fresh(paid).state == "succeeded"


def test_one_that_nobody_paid_may_be_forgotten_there(books: FarBooks) -> None:
    payment = attempt()
    payment.cancel()
    payment.save()
    assert told(compare_all()) == []


def test_money_of_which_nothing_is_known_here_is_for_staff(books: FarBooks) -> None:
    theirs = ProviderPayment("pay_9", PaymentState.SUCCEEDED, Money(7, "EUR"))
    books.payments["pay_9"] = theirs
    assert told(compare_all()) == [("unknown_here", "open")]
    assert the_difference() == ("unknown_here", "pay_9", "", "succeeded 7.00 EUR", "open")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("state", ["pending", "processing", "failed", "canceled", "expired"])
def test_what_is_unknown_here_and_moved_no_money_is_nothing(books: FarBooks, state: str) -> None:
    theirs = ProviderPayment("pay_9", PaymentState(state), Money(7, "EUR"))
    books.payments["pay_9"] = theirs
    assert told(compare_all()) == []


def test_a_refund_that_the_provider_does_not_have_is_for_staff(
    books: FarBooks, paid: Payment
) -> None:
    give_back(paid.order, 30, backend="far")
    assert told(compare_all()) == [("refund", "open")]
    assert the_difference() == ("refund", "re_1", "succeeded 30.00 EUR", "", "open")


def test_what_cannot_be_booked_is_for_staff(books: FarBooks) -> None:
    payment = attempt()
    books.write(payment, amount=Money(-1, "EUR"))
    assert ("notification_lost", "open") in told(compare_all())
    assert fresh(payment).state == "pending"
    assert not Transaction.objects.exists()


def test_a_word_that_nobody_knows_is_kept_open_and_shown(books: FarBooks) -> None:
    payment = attempt()
    books.payments["pay_1"] = ProviderProtocolError("Status 'teleported'")
    report = compare_all()
    assert told(report) == [("state", "open")]
    assert "teleported" in Difference.objects.get().theirs
    assert fresh(payment).state == "pending"


# Found again -------------------------------------------------------------------------------------


def test_found_again_it_is_the_same_row(books: FarBooks, paid: Payment) -> None:
    books.change(paid, amount=Money(60, "EUR"))
    reports = [compare_all(), compare_all()]
    assert [line.is_news for report in reports for line in report.lines] == [True, False]
    assert Difference.objects.count() == 1


def test_what_staff_settled_is_not_opened_again(books: FarBooks, paid: Payment) -> None:
    books.change(paid, amount=Money(60, "EUR"))
    compare_all()
    assert settle_difference(Difference.objects.get())
    report = compare_all()
    assert told(report) == [("amount", "settled")]
    assert not report.needs_a_person
    assert not settle_difference(Difference.objects.get())


def test_what_staff_settled_is_opened_again_when_what_differs_changed(
    books: FarBooks, paid: Payment
) -> None:
    books.change(paid, amount=Money(60, "EUR"))
    compare_all()
    settle_difference(Difference.objects.get())
    books.change(paid, amount=Money(70, "EUR"))
    assert told(compare_all()) == [("amount", "open")]
    assert Difference.objects.get().settled_at is None


def test_a_difference_that_vanished_by_itself_is_healed(books: FarBooks, paid: Payment) -> None:
    books.change(paid, refunds=(refund(state="succeeded"),), amount=Money(60, "EUR"))
    assert sorted(told(compare_all())) == [("amount", "open"), ("refund", "healed")]
    books.change(paid, amount=Money(120, "EUR"))
    assert told(compare_all()) == [("amount", "healed")]


def test_money_that_was_unknown_is_healed_when_its_notification_came(books: FarBooks) -> None:
    theirs = ProviderPayment("pay_9", PaymentState.SUCCEEDED, Money(120, "EUR"))
    books.payments["pay_9"] = theirs
    compare_all()
    pay(OrderFactory(), backend="far", reference="pay_9")
    assert told(compare_all()) == [("unknown_here", "healed")]


def test_an_older_payment_that_still_differs_is_looked_at_again(
    books: FarBooks, paid: Payment
) -> None:
    books.change(paid, amount=Money(60, "EUR"))
    compare_all()
    Payment.objects.update(created_on=timezone.now() - timedelta(days=90), backend="far")
    books.change(paid, amount=Money(120, "EUR"))
    assert told(compare_all()) == [("amount", "healed")]


def test_comparing_again_what_was_healed_says_nothing(books: FarBooks, paid: Payment) -> None:
    books.change(paid, refunds=(refund(),))
    assert [told(compare_all()) for _ in range(3)] == [[("refund", "healed")], [], []]
    assert Transaction.objects.count() == 2


# A dry run ---------------------------------------------------------------------------------------

EVERYTHING = (Difference, Payment, ProformaInvoice, Refund, Transaction)


def everything() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in EVERYTHING]


@pytest.mark.parametrize("since", [None, A_DAY])
def test_a_dry_run_writes_nothing_and_says_what_would_be(
    books: FarBooks, paid: Payment, since: timedelta | None
) -> None:
    books.write(attempt("pay_2"))
    books.write(attempt(""))
    books.change(paid, amount=Money(60, "EUR"))
    before = everything()
    now = timezone.now() + LATER
    moment = now - since if since else None
    reports = [
        reconcile_payments(now, since=moment, is_dry_run=is_dry_run)
        for is_dry_run in (True, False)
    ]
    assert told(reports[0]) == told(reports[1]) != []
    assert len(reports[0].changed) == len(reports[1].changed) == 2
    assert before != everything()


def test_a_dry_run_leaves_every_row_as_it_was(books: FarBooks, paid: Payment) -> None:
    books.write(attempt("pay_2"))
    books.payments["pay_9"] = ProviderPayment("pay_9", PaymentState.SUCCEEDED, Money(7, "EUR"))
    books.payments["pay_3"] = ProviderProtocolError("?")
    attempt("pay_3")
    books.change(paid, amount=Money(60, "EUR"), refunds=(refund(),))
    before = everything()
    assert len(compare_all(is_dry_run=True).lines) == 5
    assert before == everything()


# When things break -------------------------------------------------------------------------------


def test_an_account_that_is_down_does_not_stop_the_others(books: FarBooks) -> None:
    attempt("pay_1")
    books.payments["pay_1"] = ProviderUnavailable(reason="status 503")
    other = attempt("pay_2", backend="near")
    books.write(other)
    report = compare_all()
    assert [(each.alias, "503" in each.reason) for each in report.unasked] == [("far", True)]
    assert moved_by(report) == [other.pk]
    assert report.needs_a_person


def test_a_list_that_breaks_off_is_reported_and_its_first_pages_are_used(
    books: FarBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "BATCH", 2)
    for number in range(4):
        books.write(attempt(f"pay_{number}"))
    books.is_listing_broken_after = 3
    report = compare_all(alias="far")
    assert [each.alias for each in report.unasked] == ["far"]
    assert len(report.changed) == 2


def test_one_payment_that_is_refused_does_not_stop_the_others(books: FarBooks) -> None:
    refused, other = attempt("pay_1"), attempt("pay_2")
    books.payments["pay_1"] = ProviderRejected(reason="bad_id")
    books.write(other)
    report = compare_all()
    assert [(each.payment_id, "bad_id" in each.reason) for each in report.failures] == [
        (refused.pk, True)
    ]
    assert moved_by(report) == [other.pk]


def test_a_key_that_is_refused_again_and_again_is_the_accounts_trouble(books: FarBooks) -> None:
    for number in range(9):
        attempt(f"pay_{number}")
        books.payments[f"pay_{number}"] = ProviderRejected(reason="unauthorized")
    report = compare_all()
    assert [each.alias for each in report.unasked] == ["far"]
    assert len(books.asked) == 5


def test_a_payment_of_this_very_second_is_not_looked_at(books: FarBooks) -> None:
    books.write(attempt())
    report = reconcile_payments(since=timezone.now() - A_DAY)
    assert (told(report), report.compared) == ([], 0)


def test_what_changed_this_very_second_is_booked_and_is_no_difference(books: FarBooks) -> None:
    payment = attempt()
    books.write(payment, changed_at=timezone.now() + LATER)
    report = compare_all()
    assert told(report) == []
    assert moved_by(report) == [payment.pk]
    assert not Difference.objects.exists()


def test_money_of_this_very_second_is_not_unknown_yet(books: FarBooks) -> None:
    late = timezone.now() + LATER
    theirs = ProviderPayment("pay_9", PaymentState.SUCCEEDED, Money(7, "EUR"), changed_at=late)
    books.payments["pay_9"] = theirs
    assert told(compare_all()) == []


@pytest.mark.parametrize("since", [None, A_DAY])
def test_payments_of_an_account_that_is_gone_are_counted(
    books: FarBooks, since: timedelta | None
) -> None:
    attempt(backend="gone")
    now = timezone.now() + LATER
    report = reconcile_payments(now, since=now - since if since else None)
    assert [(each.alias, each.reason) for each in report.unasked] == [
        ("gone", "not configured any more; its payments: 1")
    ]


def test_an_answer_is_not_used_when_something_was_booked_meanwhile(
    books: FarBooks, paid: Payment
) -> None:
    books.change(paid, amount=Money(60, "EUR"))
    books.when_asked = lambda: give_back(paid.order, 30, backend="far")
    assert told(compare_all()) == []
    books.when_asked = None
    assert sorted(told(compare_all())) == [("amount", "open"), ("refund", "open")]


def test_a_reference_longer_than_any_is_shown_all_the_same(books: FarBooks) -> None:
    reference = "x" * 400
    theirs = ProviderPayment(reference, PaymentState.SUCCEEDED, Money(7, "EUR"))
    books.payments[reference] = theirs
    assert [told(compare_all()) for _ in range(2)] == [[("unknown_here", "open")]] * 2


def test_an_attempt_id_that_is_none_of_ours_is_unknown(books: FarBooks) -> None:
    theirs = ProviderPayment(
        "pay_9", PaymentState.SUCCEEDED, Money(7, "EUR"), attempt_id=uuid.uuid4()
    )
    books.payments["pay_9"] = theirs
    assert told(compare_all()) == [("unknown_here", "open")]


def test_odd_payments_hide_no_money_that_is_unknown_here(books: FarBooks) -> None:
    for number in range(5):
        attempt(f"pay_{number}")
        books.payments[f"pay_{number}"] = ProviderProtocolError("status: blocked")
    stranger = ProviderPayment("pay_x", PaymentState.SUCCEEDED, Money(700, "EUR"))
    books.payments["pay_x"] = stranger
    assert compare_all().unasked
    assert Difference.objects.get(kind="unknown_here").subject == "pay_x"


def test_odd_payments_wait_behind_those_not_asked_about_for_longest(books: FarBooks) -> None:
    for number in range(5):
        attempt(f"pay_{number}")
        books.payments[f"pay_{number}"] = ProviderProtocolError("status: blocked")
    attempt("pay_last")
    compare_all()
    books.asked.clear()
    compare_all()
    assert books.asked[0] == "pay_last"


def test_a_card_that_was_removed_does_not_come_back_with_a_dispute(
    books: FarBooks, paid: Payment
) -> None:
    saved = SavedCard(
        token="card_1",
        brand="Visa",
        last_numbers="4242",
        expiration_month=12,
        expiration_year=timezone.now().year + 2,
    )
    dispute = ProviderDispute("dp_1", paid.amount, DisputeState.OPEN)
    books.change(paid, saved_card=saved, disputes=(dispute,))
    compare_all()
    assert Refund.objects.get().provider_reference == "dp_1"
    assert not CreditCard.objects.exists()


def listings(outcome: str) -> float:
    labels = {"backend": "far", "operation": "list_payments", "outcome": outcome}
    return REGISTRY.get_sample_value("joanie_provider_call_seconds_count", labels) or 0


def test_a_list_is_one_call_in_the_metrics_however_long_it_is(books: FarBooks) -> None:
    before = listings("ok")
    for number in range(3):
        books.write(attempt(f"pay_{number}"), "pending")
    compare_all(alias="far")
    assert listings("ok") - before == 1


def test_a_page_that_never_came_is_in_the_metrics(books: FarBooks) -> None:
    before = listings("broken")
    for number in range(3):
        books.write(attempt(f"pay_{number}"), "pending")
    books.is_listing_broken_after = 2
    compare_all(alias="far")
    assert listings("broken") - before == 1
