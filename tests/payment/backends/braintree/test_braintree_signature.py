"""Our check of signatures, against the SDK's and against known answers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from joanie.payment.backends.braintree.client import make_gateway
from joanie.payment.backends.braintree.event import read_event
from joanie.payment.backends.braintree.sdk import braintree
from joanie.payment.backends.braintree.signature import (
    NEWEST,
    OLDEST,
    answer_to_challenge,
    check_age,
    check_signature,
    sign,
)
from joanie.payment.exceptions import ParseNotificationFailed

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEYS = {"pub": "priv"}
KINDS = [
    kind
    for name, kind in vars(braintree.WebhookNotification.Kind).items()
    if not name.startswith("_")
]


@pytest.fixture(scope="module")
def sdk() -> Any:
    return make_gateway(
        {
            "environment": "sandbox",
            "merchant_id": "m1",
            "public_key": "pub",
            "private_key": "priv",
        }
    )


def sample(sdk: Any, kind: str = "check") -> tuple[str, str]:
    """Give signature and payload of what the SDK makes for tests."""
    made = sdk.webhook_testing.sample_notification(kind, "x1")
    return made["bt_signature"], made["bt_payload"].decode()


def test_a_known_message_has_the_known_signature() -> None:
    assert sign("priv", "aGVsbG8=\n") == "686f246cbc27a332f265f1543e2d92a87b281126"


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_sdk_signs_is_accepted_and_read(sdk: Any, kind: str) -> None:
    signature, payload = sample(sdk, kind)
    check_signature(KEYS, signature, payload)
    event = read_event(payload)
    assert event.kind == kind
    check_age(event.moment)


def test_a_payload_without_its_last_line_end_is_accepted(sdk: Any) -> None:
    signature, payload = sample(sdk)
    check_signature(KEYS, signature, payload.removesuffix("\n"))


def test_each_of_several_keys_will_do(sdk: Any) -> None:
    signature, payload = sample(sdk)
    check_signature({"new": "other", "pub": "priv"}, f"old|{'0' * 40}&{signature}", payload)


WRONG: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "no signature": lambda signature, payload: ("", payload),
    "no payload": lambda signature, payload: (signature, ""),
    "another key": lambda signature, payload: (signature.replace("pub", "puk"), payload),
    "a changed digit": lambda signature, payload: (signature[:-1] + "x", payload),
    "no ASCII": lambda signature, payload: (f"pub|{'é' * 40}", payload),
    "three parts": lambda signature, payload: (f"{signature}|more", payload),
    "a changed payload": lambda signature, payload: (signature, f"A{payload[1:]}"),
    "other line ends": lambda signature, payload: (signature, payload.replace("\n", "\r\n")),
    "plus read as space": lambda signature, payload: (signature, f"{payload} "),
    "letters of elsewhere": lambda signature, payload: (signature, f"é{payload}"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_signed_otherwise_is_refused(
    sdk: Any, wrong: Callable[[str, str], tuple[str, str]]
) -> None:
    with pytest.raises(ParseNotificationFailed):
        check_signature(KEYS, *wrong(*sample(sdk)))


def test_another_secret_is_refused(sdk: Any) -> None:
    with pytest.raises(ParseNotificationFailed):
        check_signature({"pub": "guessed"}, *sample(sdk))


def test_a_challenge_is_answered_like_the_sdk_does(sdk: Any) -> None:
    challenge = "20f9f8ed05f77439fe955c977e4c8a53"
    expected = "pub|5d50acea216b983cf6c6d424dbaa95d601aed729"
    assert answer_to_challenge("pub", "priv", challenge) == expected
    assert sdk.webhook_notification.verify(challenge) == expected


@pytest.mark.parametrize("challenge", ["", "abc", "A" * 20, "a" * 33, "a" * 20 + "\n", "<b>" * 7])
def test_another_challenge_is_not_signed(challenge: str) -> None:
    with pytest.raises(ParseNotificationFailed):
        answer_to_challenge("pub", "priv", challenge)


@pytest.mark.parametrize("age", [-NEWEST, timedelta(0), timedelta(hours=24), OLDEST])
def test_what_is_sent_again_for_a_day_is_young_enough(age: timedelta) -> None:
    check_age(NOW - age, NOW)


@pytest.mark.parametrize("age", [-NEWEST - timedelta(seconds=1), OLDEST + timedelta(seconds=1)])
def test_what_is_older_or_from_the_future_is_refused(age: timedelta) -> None:
    with pytest.raises(ParseNotificationFailed):
        check_age(NOW - age, NOW)
