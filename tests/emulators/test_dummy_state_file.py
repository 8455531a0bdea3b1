"""The dummy started again with the file of an earlier process: as if that had never ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from tests.emulators.conftest import SECRET
from tests.emulators.merchant import Merchant
from tests.emulators.receiver import Receiver

from joanie.emulators.dummy import create_app
from joanie.emulators.kit.serving import run_emulator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "provider.sqlite3"


@contextmanager
def provider(file: Path, receiver: Receiver) -> Iterator[Merchant]:
    """One life of the provider."""
    with run_emulator(create_app([SECRET], retry_base=0.01, state_file=file)) as base_url:
        merchant = Merchant(base_url, SECRET, receiver.url)
        with merchant.http:
            yield merchant


def test_payments_refunds_and_cards_are_remembered(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        token = merchant.saved_card()
        payment = merchant.paid_payment()
        merchant.post_refund(payment, 2000)
        before = merchant.retrieve(payment)
    with provider(file, receiver) as merchant:
        assert merchant.retrieve(payment) == before
        assert merchant.create_payment(card=token)["status"] == "succeeded"


def test_a_page_left_open_can_be_paid_in_the_next_life(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        payment = merchant.create_payment()
    with provider(file, receiver) as merchant:
        assert merchant.choose(payment).status_code == 303
        assert receiver.wait_for()[0].type == "payment.succeeded"


def test_what_was_not_taken_is_sent_again(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        receiver.answer_with(*[500] * 12)
        payment = merchant.paid_payment()
        merchant.post_refund(payment, 2000)
        merchant.notifications()
    lost = len(receiver.received)
    with provider(file, receiver):
        again = receiver.wait_for(lost + 2)[lost:]
    assert {each.type for each in again} == {"payment.succeeded", "refund.succeeded"}


def test_what_was_taken_is_not_sent_again(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        payment = merchant.paid_payment()
        merchant.post_refund(payment, 2000)
        merchant.notifications()
    with provider(file, receiver) as merchant:
        assert merchant.notifications() == []


def test_a_slow_bank_answers_in_the_next_life(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        payment = merchant.create_payment()
        merchant.choose(payment, "slow")
        receiver.wait_for()
    app = create_app([SECRET], processing_seconds=0, state_file=file)
    with run_emulator(app):
        assert receiver.wait_for(2)[1].type == "payment.succeeded"


def test_what_is_forgotten_is_forgotten_for_good(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        payment = merchant.paid_payment()
        merchant.http.delete("/control/state")
    with provider(file, receiver) as merchant:
        assert merchant.http.get(f"/v1/payments/{payment['id']}").status_code == 404


def test_the_file_holds_no_secret(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        merchant.paid_payment()
    kept = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
    assert b"pay_" in kept
    assert SECRET.encode() not in kept


def test_a_file_of_something_else_is_refused(file: Path) -> None:
    file.write_text("something else, and long enough to be told from an empty database" * 20)
    with pytest.raises(CommandError, match="name another file"):
        call_command("joanie_emulator", "dummy", "--state", str(file))
