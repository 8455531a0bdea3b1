"""What is compared once a replay has settled, and how it is reported."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from joanie.common.money import Money
from joanie.common.queue import enqueue
from joanie.core.enums import EnrollmentState
from joanie.core.factories import EnrollmentFactory, OrderFactory
from joanie.demo.dataset import Registration
from joanie.demo.replay.books import Books, FaultsMet
from joanie.demo.replay.outcomes import expected_outcome
from joanie.demo.replay.plan import make_plan
from joanie.demo.replay.proof import Check, check_rounds, prove
from joanie.demo.replay.report import Figures, write_report
from joanie.payment.factories import PaymentFactory, ProformaInvoiceFactory
from joanie.payment.models import Mail, PaymentNotification

NOTHING = Books({}, {})
PLAN = make_plan(
    [Registration("BBB", "2013J", "1", None, 3), Registration("EEE", "2013J", "2", -5, None)]
)


def not_so(provider: Books = NOTHING) -> dict[str, str]:
    return {
        each.what: "; ".join(each.problems)
        for each in prove({}, provider, is_strict=True)
        if each.problems
    }


@pytest.fixture
def figures() -> Figures:
    return Figures(
        command="make replay N=2 FAULTS=1",
        ended_at=datetime(2026, 11, 21, 10, tzinfo=UTC),
        outcomes={each: expected_outcome(each) for each in PLAN},
        provider=Books(
            {"pay_1": Money(120, "EUR"), "pay_2": Money(15000, "JPY")},
            {"re_1": ("pay_1", Money(120, "EUR"))},
        ),
        faults=FaultsMet(
            Counter(plain=1, duplicated=1, dropped=1),
            Counter(duplicated=1, dropped=1),
            [("payment.succeeded", "pay_1")],
        ),
        checks=[Check("The ledger adds up", "3 documents")],
        done_now=2,
        buying=4.0,
        settling=30.0,
        total=50.0,
        kills=2,
        found_payments=1,
    )


@pytest.mark.django_db
def test_nothing_at_all_is_in_order() -> None:
    assert not_so() == {}


@pytest.mark.django_db
def test_a_payment_that_only_the_provider_has_is_named() -> None:
    (what,) = not_so(Books({"pay_1": Money(120, "EUR")}, {})).values()
    assert "payment pay_1: €120.00 at the provider, nothing here" in what


@pytest.mark.django_db
def test_a_payment_that_was_given_back_twice_is_counted() -> None:
    amount = Money(60, "EUR")
    twice = Books({}, {"re_1": ("pay_1", amount), "re_2": ("pay_1", amount)})
    assert "1 payments" in not_so(twice)["No payment was given back twice"]


@pytest.mark.django_db
def test_a_learner_who_has_not_bought_is_named() -> None:
    learner = EnrollmentFactory().owner_id
    assert (
        f"learner {learner} is still in" in not_so()["Who has bought is enrolled, and nobody else"]
    )


@pytest.mark.django_db
def test_an_lms_that_was_not_told_is_named() -> None:
    EnrollmentFactory(is_active=False, state=EnrollmentState.FAILED)
    assert "1 enrolments" in not_so()["Who has bought is enrolled, and nobody else"]


@pytest.mark.django_db
def test_a_notification_that_waits_is_named() -> None:
    PaymentNotification.objects.create(backend="dummy", event_id="evt_1", method="POST", path="/")
    found = not_so()
    assert "evt_1 is received" in found["No notification waits or is dead"]
    assert "1 are left to do" in found["No job is left, and none failed"]


@pytest.mark.django_db
def test_a_document_whose_rendering_nobody_waits_for_is_named() -> None:
    forgotten, waiting = ProformaInvoiceFactory.create_batch(2)
    enqueue("joanie.payment.render_document", invoice_id=str(waiting.pk))
    found = not_so()["Each document is rendered, or waits for it in its queue"]
    assert found == f"document {forgotten.pk} is forgotten"


@pytest.mark.django_db
def test_a_mail_that_waits_is_counted() -> None:
    order = OrderFactory()
    Mail.objects.create(kind="order_paid", key="1", owner=order.owner, order=order, language="en")
    assert "No mail waits to be sent" in not_so()


@pytest.mark.django_db
def test_a_flag_is_for_a_person() -> None:
    PaymentFactory(flag="late")
    assert "Nothing needs a person" in not_so()


def test_the_report_has_the_figures(figures: Figures) -> None:
    report = write_report(figures)
    assert "# 2 registrations and 1 unregistrations, replayed" in report
    assert "Nothing lost, nothing twice." in report
    assert "| EUR | EUR 120.00 | EUR 120.00 | EUR 0.00 |" in report
    assert "| JPY | JPY 15,000 | JPY 0 | JPY 15,000 |" in report
    assert "| Payments never told, found by reconciliation | 1 of 1 |" in report
    assert "| Workers killed with SIGKILL | 2 |" in report
    assert "4 s, 0.5 a second" in report
    assert figures.provider.paid["EUR"] == Decimal(120)


def test_the_report_says_what_is_not_so(figures: Figures) -> None:
    figures.checks = [Check("The ledger adds up", "3 documents", ["PF-1: 1 cent is missing"])]
    report = write_report(figures)
    assert "Nothing lost" not in report
    assert "| The ledger adds up | 3 documents | **1 are not** |" in report
    assert "- The ledger adds up: PF-1: 1 cent is missing" in report


def test_a_run_without_faults_says_nothing_of_them(figures: Figures) -> None:
    figures.faults = FaultsMet()
    assert "SIGKILL" not in write_report(figures)


def test_the_report_counts_what_was_restarted(figures: Figures) -> None:
    assert "Rolling restarts" not in write_report(figures)
    restarted = replace(
        figures, web_restarts=4, worker_restarts=6, cut_off=8, jobs_again=1, sold_meanwhile=[9, 8]
    )
    report = write_report(restarted)
    assert "| Purchases during each round | 9, 8 |" in report
    assert "| Web servers restarted | 4 |" in report
    assert "| Calls cut off, and made again with the same key | 8 |" in report


def test_rounds_during_which_learners_bought_are_in_order() -> None:
    check = check_rounds([41, 7])
    assert not check.problems
    assert check.seen == "41 purchases, then 7 purchases"


def test_a_round_during_which_nobody_bought_is_named() -> None:
    assert check_rounds([41, 0]).problems == ["nobody bought during round 2"]


def test_a_replay_without_a_round_says_what_to_do() -> None:
    (what,) = check_rounds([]).problems
    assert "RESTART=1" in what
