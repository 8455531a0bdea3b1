"""The commands of operators, and what they say when they cannot do it."""

import json
import uuid
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import Settings
from tests.payment.ledger.books import pay, queued, state_of
from tests.payment.services import far_books
from tests.payment.services.far_books import FarBooks

from joanie.common.money import Money
from joanie.payment.backends.types import ProviderPayment
from joanie.payment.enums import PaymentState
from joanie.payment.factories import PaymentFactory
from joanie.payment.models import Difference, Payment, PaymentNotification, Refund
from joanie.payment.services.reconciliation import settle_difference

pytestmark = pytest.mark.django_db


def _call(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out, **options)
    return out.getvalue()


def _dead(**details: Any) -> PaymentNotification:
    return PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", body=b"no json", state="dead", **details
    )


@pytest.fixture
def paid() -> Payment:
    return pay(PaymentFactory(provider_reference="pay_1").order)


@pytest.mark.parametrize("name", ["provider_reference", "pk"])
def test_a_payment_is_given_back_in_full_by_either_name(paid: Payment, name: str) -> None:
    out = _call("refund_payment", getattr(paid, name), reason="Not as described")
    refund = Refund.objects.get()
    assert (refund.payment, refund.amount, refund.origin) == (paid, paid.amount, "staff")
    assert refund.reason == "Not as described"
    assert queued("joanie.payment.submit_refund") == [{"refund_id": str(refund.pk)}]
    assert str(refund.pk) in out
    assert state_of(paid.order) == "refunding"


def test_a_payment_is_given_back_in_part(paid: Payment) -> None:
    _call("refund_payment", "pay_1", amount="20.00")
    assert Refund.objects.get().amount == Money("20.00", "EUR")
    assert state_of(paid.order) == "validated"


@pytest.mark.parametrize("name", ["pay_2", uuid.uuid4(), "", "0", "*"])
def test_a_payment_that_is_not_there_is_not_given_back(paid: Payment, name: object) -> None:
    with pytest.raises(CommandError, match="0 payments are called"):
        _call("refund_payment", name)
    assert not Refund.objects.exists()


def test_a_name_of_two_payments_is_not_enough(paid: Payment) -> None:
    PaymentFactory(backend="other", provider_reference="pay_1")
    with pytest.raises(CommandError, match="2 payments are called 'pay_1': give the payment's id"):
        _call("refund_payment", "pay_1")


@pytest.mark.parametrize("amount", ["120.01", "0", "-1", "abc", "NaN", "1e400", "0.001", ""])
def test_an_amount_that_cannot_be_given_back_is_refused(paid: Payment, amount: str) -> None:
    with pytest.raises(CommandError, match=r"120\.00 is left of this payment"):
        _call("refund_payment", "pay_1", amount=amount)
    assert not Refund.objects.exists()


def test_what_is_under_way_is_not_given_back_twice(paid: Payment) -> None:
    _call("refund_payment", "pay_1")
    with pytest.raises(CommandError, match=r"0\.00 is left of this payment"):
        _call("refund_payment", "pay_1")
    assert Refund.objects.count() == 1


@pytest.mark.parametrize("state", ["created", "pending", "failed", "canceled"])
def test_a_payment_that_did_not_come_is_not_given_back(state: str) -> None:
    PaymentFactory(state=state, provider_reference="pay_1")
    with pytest.raises(CommandError, match=r"0\.00 is left of this payment"):
        _call("refund_payment", "pay_1")


def test_a_payment_of_an_account_that_is_gone_is_not_given_back() -> None:
    payment = PaymentFactory(backend="gone", provider_reference="pay_1")
    pay(payment.order, backend="gone")
    with pytest.raises(CommandError, match="This provider cannot refund from here"):
        _call("refund_payment", "pay_1")


@pytest.mark.parametrize("alias", ["gone", "", "Dummy"])
def test_an_account_that_is_not_there_is_not_reconciled(alias: str) -> None:
    with pytest.raises(CommandError, match=r"There is no payment backend .* Configured: dummy"):
        _call("reconcile_payments", alias=alias)


@pytest.mark.parametrize("options", [{}, {"alias": "dummy"}])
def test_nothing_overdue_is_nothing_changed(options: dict[str, str]) -> None:
    assert _call("reconcile_payments", **options) == "0 payments compared, 0 changed.\n"


@pytest.fixture
def differing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FarBooks:
    """Give the books of a provider that has a payment of which nothing is known here."""
    entry = {"backend": "tests.payment.services.far_books.FarBackend"}
    settings.JOANIE = {**settings.JOANIE, "PAYMENT_BACKENDS": {"far": entry}}
    books = FarBooks()
    books.payments["pay_9"] = ProviderPayment("pay_9", PaymentState.SUCCEEDED, Money(7, "EUR"))
    monkeypatch.setattr(far_books, "books", books)
    return books


def _report(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(CommandError, match="needs a person"):
        call_command("reconcile_payments", *arguments)
    return capsys.readouterr().out


@pytest.mark.usefixtures("differing")
def test_what_needs_a_person_is_a_table_and_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    out = _report(capsys, "--since", "2026-01-31")
    assert all(word in out for word in ("unknown_here", "pay_9", "succeeded 7.00 EUR", "open"))
    assert "0 payments compared, 0 changed." in out


@pytest.mark.usefixtures("differing")
def test_programs_read_one_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    report = json.loads(_report(capsys, "--since=2026-01-31T08:00+02:00", "--format=json"))
    (difference,) = report["differences"]
    assert (difference["kind"], difference["state"]) == ("unknown_here", "open")
    assert report["since"] == "2026-01-31T08:00:00+02:00"
    assert (report["dry_run"], report["needs_a_person"]) == (False, True)


@pytest.mark.usefixtures("differing")
def test_a_dry_run_says_so_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    out = _report(capsys, "--since", "2026-01-31", "--dry-run")
    assert "0 payments compared, 0 would change." in out
    assert not Difference.objects.exists()


def test_what_is_settled_needs_nobody(differing: FarBooks) -> None:
    with pytest.raises(CommandError):
        _call("reconcile_payments", since="2026-01-31")
    settle_difference(Difference.objects.get())
    assert "settled" in _call("reconcile_payments", since="2026-01-31")


@pytest.mark.usefixtures("differing")
def test_an_account_that_could_not_be_asked_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    PaymentFactory(backend="gone")
    Payment.objects.update(created_on=timezone.now() - timedelta(hours=1))
    out = _report(capsys)
    assert "gone could not be asked: not configured any more; its payments: 1" in out


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("yesterday", "write it like 2026-11-20"),
        ("", "write it like 2026-11-20"),
        ("2026-02-30", "not in the calendar"),
        ("9999-01-01", "still to come"),
    ],
)
def test_a_date_that_is_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(CommandError, match=why):
        _call("reconcile_payments", f"--since={text}")


def test_nothing_dead_is_nothing_replayed() -> None:
    assert _call("replay_notifications") == ""


@pytest.mark.parametrize("is_authenticated", [True, False])
def test_the_dead_are_replayed_and_their_states_told(is_authenticated: bool) -> None:
    dead = _dead(is_authenticated=is_authenticated)
    assert _call("replay_notifications") == f"{dead.pk} dummy: dead\n"
    kept = PaymentNotification.objects.get()
    assert (kept.attempts, kept.state) == (1, "dead")
    assert kept.last_error


@pytest.mark.parametrize("write", [str, lambda pk: str(pk).upper(), lambda pk: pk.hex])
def test_a_notification_is_replayed_by_its_id_however_it_is_written(write: Any) -> None:
    dead = _dead(is_authenticated=True)
    assert _call("replay_notifications", write(dead.pk)) == f"{dead.pk} dummy: dead\n"


def test_a_notification_is_replayed_once_however_often_it_is_named() -> None:
    dead = _dead(is_authenticated=True)
    assert len(_call("replay_notifications", dead.pk, dead.pk).splitlines()) == 1


def test_a_notification_that_is_not_there_is_named() -> None:
    dead, missing = _dead(is_authenticated=True), uuid.uuid4()
    with pytest.raises(CommandError, match=f"There is no notification {missing}"):
        _call("replay_notifications", dead.pk, missing)
    assert PaymentNotification.objects.get().attempts == 0


@pytest.mark.parametrize("name", ["abc", "1", "pay_1", "*"])
def test_what_is_no_id_is_refused(name: str) -> None:
    with pytest.raises(CommandError, match="Not an id"):
        _call("replay_notifications", name)
