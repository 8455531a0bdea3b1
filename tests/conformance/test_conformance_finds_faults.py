"""A backend with a mistake does not pass."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from tests.conformance.broken import backend as broken

from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.conformance import (
    test_bad_days,
    test_giving_up,
    test_notifications,
    test_one_click,
    test_paying,
    test_refunds,
    test_saved_cards,
)
from joanie.payment.conformance.candidates import Candidate
from joanie.payment.conformance.harness import Fault, Forgery
from joanie.payment.conformance.secrets_told import find_told_secrets
from joanie.payment.conformance.shop import Shop
from joanie.payment.exceptions import RefundPaymentFailed

# The mistake, the clause that finds it, and with what.
MISTAKES: list[tuple[type[BasePaymentBackend], Callable[..., None], dict[str, Any]]] = [
    (broken.CountsInCentimes, test_paying.test_a_payment_is_booked_to_the_minor_unit, {}),
    (
        broken.BelievesAnybody,
        test_notifications.test_what_the_provider_did_not_sign_leaves_no_row,
        {"forgery": Forgery.WRONG_SECRET},
    ),
    (
        broken.BelievesAnybody,
        test_notifications.test_nothing_is_booked_of_a_forgery,
        {"forgery": Forgery.UNSIGNED},
    ),
    (
        broken.TakesADeclineForMoney,
        test_one_click.test_a_decline_in_one_click_is_a_value,
        {},
    ),
    (
        broken.KeepsCards,
        test_saved_cards.test_a_card_that_is_removed_is_forgotten_by_the_provider,
        {},
    ),
    (
        broken.LeavesPagesOpen,
        test_giving_up.test_an_order_is_aborted_here_and_there,
        {},
    ),
    (
        broken.LeavesPagesOpen,
        test_giving_up.test_another_attempt_closes_the_page_before,
        {},
    ),
    (
        broken.SwallowsSilence,
        test_bad_days.test_a_card_is_forgotten_in_the_end,
        {"fault": Fault.LOST_BEFORE},
    ),
    (broken.PaysBackTwice, test_refunds.test_a_refund_that_is_sent_twice_is_made_once, {}),
]


@pytest.fixture
def candidate(request: pytest.FixtureRequest) -> Candidate:
    return Candidate("dummy", request.param, "JPY")


@pytest.mark.parametrize(
    ("candidate", "clause", "details"),
    MISTAKES,
    indirect=["candidate"],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_a_mistake_is_found(
    shop: Shop, clause: Callable[..., None], details: dict[str, Any]
) -> None:
    with pytest.raises((AssertionError, RefundPaymentFailed, pytest.fail.Exception)):
        clause(shop, **details)


@pytest.mark.parametrize("candidate", [broken.Guesses], indirect=True)
def test_a_guess_is_found(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(AssertionError):
        test_notifications.test_a_status_that_nobody_knows_is_kept_and_alerted(shop, caplog)


@pytest.mark.parametrize("candidate", [broken.Guesses], indirect=True)
def test_a_secret_in_a_log_is_found(shop: Shop) -> None:
    line = logging.makeLogRecord({"msg": f"Key {min(shop.harness.secrets())}", "name": "acme"})
    harmless = logging.makeLogRecord({"msg": "Key withheld", "name": "acme"})
    assert len(find_told_secrets([line, harmless], shop.secrets)) == 1
