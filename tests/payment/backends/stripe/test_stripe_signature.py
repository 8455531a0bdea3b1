"""Stripe's signatures, held against Stripe's own library."""

import time

import pytest
import stripe

from joanie.payment.backends.stripe.signature import check_signature
from joanie.payment.exceptions import ParseNotificationFailed

SECRET = "whsec_of_this_endpoint"
BODY = b'{"id": "evt_1", "name": "\xc3\xa9t\xc3\xa9"}'
NOW = 1_800_000_000


def sign(secret: str = SECRET, at: int = NOW, body: bytes = BODY) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, at)
    return header


def test_what_stripes_own_library_signs_is_accepted() -> None:
    check_signature([SECRET], sign(), BODY, NOW)


def test_the_documented_vector_is_accepted() -> None:
    digest = "36ee2f7498f0c1777d1312b2a7361947fe5ad31223be30d0c62421f4ca753401"
    check_signature(["whsec_x"], f"t=1,v1={digest}", b"{}", 1)


def test_any_of_two_secrets_is_enough_while_one_is_rolled() -> None:
    check_signature(["whsec_old", SECRET], sign(), BODY, NOW)


def test_any_of_two_signatures_is_enough_while_the_secret_is_rolled() -> None:
    old = sign("whsec_old").partition(",")[2]
    check_signature(
        [SECRET], f"{sign().partition(',')[0]},{old},{sign().partition(',')[2]}", BODY, NOW
    )


def test_another_scheme_is_not_looked_at() -> None:
    header = sign()
    check_signature([SECRET], f"{header},v0=abc", BODY, NOW)
    with pytest.raises(ParseNotificationFailed):
        check_signature([SECRET], header.replace("v1=", "v0="), BODY, NOW)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_tolerated_either_way(seconds: int) -> None:
    check_signature([SECRET], sign(at=NOW + seconds), BODY, NOW)


@pytest.mark.parametrize("seconds", [-301, 301, 3600])
def test_more_is_not_tolerated_either_way(seconds: int) -> None:
    with pytest.raises(ParseNotificationFailed):
        check_signature([SECRET], sign(at=NOW + seconds), BODY, NOW)


@pytest.mark.parametrize(
    "header",
    ["", "t=1", "v1=ab", "t=x,v1=ab", "t=²,v1=ab", "t=1,t=2,v1=ab", "t=1800000000,v1=é", ",,=,="],
)
def test_a_malformed_header_is_refused(header: str) -> None:
    with pytest.raises(ParseNotificationFailed):
        check_signature([SECRET], header, BODY, NOW)


def test_one_changed_byte_is_refused() -> None:
    with pytest.raises(ParseNotificationFailed):
        check_signature([SECRET], sign(), BODY + b" ", NOW)


def test_without_a_secret_nothing_is_accepted() -> None:
    with pytest.raises(ParseNotificationFailed):
        check_signature([], sign(""), BODY, NOW)


def test_the_present_is_the_present() -> None:
    check_signature([SECRET], sign(at=int(time.time())), BODY)
