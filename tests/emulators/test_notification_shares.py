"""Shares of the notifications that go wrong by themselves."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.emulators.merchant import Merchant
from tests.emulators.receiver import Receiver
from tests.emulators.test_dummy_state_file import provider

from joanie.emulators.kit import deliveries
from joanie.emulators.kit.shares import Fate, Fates, Shares

SHARES = Shares(duplicate=0.1, reorder=0.1, drop=0.02, seed=7)


def instruct(merchant: Merchant, **shares: Any) -> None:
    merchant.instruct(notifications={"shares": shares})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "provider.sqlite3"


def test_shares_are_met_in_the_long_run() -> None:
    met = Counter(SHARES.fate_of(number) for number in range(20_000))
    assert 0.09 < met[Fate.DUPLICATED] / 20_000 < 0.11
    assert 0.09 < met[Fate.REORDERED] / 20_000 < 0.11
    assert 0.015 < met[Fate.DROPPED] / 20_000 < 0.025


def test_the_same_seed_gives_the_same_fates() -> None:
    assert [SHARES.fate_of(number) for number in range(100)] == [
        Shares(duplicate=0.1, reorder=0.1, drop=0.02, seed=7).fate_of(number)
        for number in range(100)
    ]


def test_another_seed_gives_other_fates() -> None:
    other = Shares(duplicate=0.1, reorder=0.1, drop=0.02, seed=8)
    assert [SHARES.fate_of(number) for number in range(100)] != [
        other.fate_of(number) for number in range(100)
    ]


def test_a_notification_meets_its_fate_once() -> None:
    fates = Fates()
    first = [fates.meet(str(number), SHARES) for number in range(200)]
    assert [fates.meet(str(number), Shares()) for number in range(200)] == first


def test_later_lives_go_on_with_the_fates_instead_of_beginning_again() -> None:
    known = {str(number): SHARES.fate_of(number) for number in range(50)}
    fates = Fates(known)
    later = [fates.meet(f"later {number}", SHARES) for number in range(100)]
    assert later == [SHARES.fate_of(number) for number in range(50, 150)]


def test_a_share_of_all_is_duplicated(merchant: Merchant, receiver: Receiver) -> None:
    instruct(merchant, duplicate=1)
    merchant.paid_payment()
    assert len({each.body for each in receiver.wait_for(2)}) == 1
    assert len(merchant.notifications()[0]["attempts"]) == 2


def test_a_share_of_all_is_dropped(merchant: Merchant, receiver: Receiver) -> None:
    instruct(merchant, drop=1)
    merchant.paid_payment()
    assert [each["state"] for each in merchant.notifications()] == ["dropped"]
    assert receiver.received == []


def test_what_is_reordered_arrives_after_later_ones(
    merchant: Merchant, receiver: Receiver
) -> None:
    instruct(merchant, reorder=1)
    overtaken = merchant.paid_payment()
    instruct(merchant)
    others = [merchant.paid_payment() for _ in range(deliveries.OVERTAKEN_BY)]
    arrived = [each.payment["id"] for each in receiver.wait_for(len(others) + 1)]
    assert arrived[-1] == overtaken["id"]


def test_what_nothing_overtakes_is_not_held_for_ever(
    merchant: Merchant, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "HELD_AT_MOST", 0.05)
    instruct(merchant, reorder=1)
    merchant.paid_payment()
    assert len(receiver.wait_for(1)) == 1


def test_what_was_dropped_stays_so_in_the_next_life(file: Path, receiver: Receiver) -> None:
    with provider(file, receiver) as merchant:
        instruct(merchant, drop=1)
        merchant.paid_payment()
    with provider(file, receiver) as merchant:
        assert [each["state"] for each in merchant.notifications()] == ["dropped"]
    assert receiver.received == []


def test_a_dropped_one_that_is_asked_for_again_comes(
    merchant: Merchant, receiver: Receiver
) -> None:
    instruct(merchant, drop=1)
    merchant.paid_payment()
    event_id = merchant.notifications()[0]["id"]
    merchant.http.post(f"/control/events/{event_id}/resend")
    assert receiver.wait_for()[0].event["id"] == event_id
