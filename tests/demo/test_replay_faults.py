"""Workers that are killed, and notifications that go wrong, told by the emulator's own memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.emulators.merchant import Merchant
from tests.emulators.receiver import run_receiver

from joanie.common.money import Money
from joanie.demo.exceptions import DemoFailed, ProcessEnded
from joanie.demo.processes import Programs, running_programs
from joanie.demo.replay.books import differences_of, read_provider_books
from joanie.demo.replay.faults import LEAST_KILLS, WORKER, Faults, WorkerKiller
from joanie.demo.replay.journal import Deed, Journal
from joanie.emulators.dummy import create_app
from joanie.emulators.kit.serving import run_emulator
from joanie.payment.backends.dummy.client import get_secret

FAULTS = Faults(seed=7, kill_every=60)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    with running_programs(tmp_path, {}) as programs:
        programs.start(WORKER, "-m", "http.server", "0", "--bind", "127.0.0.1")
        yield programs


@contextmanager
def provider(memory: Path) -> Iterator[Merchant]:
    secret = get_secret({})
    with run_receiver() as receiver, run_emulator(create_app([secret], state_file=memory)) as url:
        merchant = Merchant(url, secret, receiver.url)
        with merchant.http:
            yield merchant


def test_a_worker_is_killed_now_and_then(programs: Programs) -> None:
    clock, noted = Clock(), list[str]()
    killer = WorkerKiller(programs, 60, note=lambda: noted.append("killed"), clock=clock)
    for clock.now in (0, 29, 31, 60, 90, 92, 152):
        killer.check()
    assert killer.kills == len(noted) == 3


def test_few_kills_are_made_up_for_while_the_shop_settles(programs: Programs) -> None:
    clock = Clock()
    killer = WorkerKiller(programs, 60, note=lambda: None, clock=clock)
    for clock.now in range(0, 600, 10):
        killer.check_while_few()
    assert killer.kills == LEAST_KILLS


def test_a_worker_that_ends_by_itself_is_not_one_that_was_killed(tmp_path: Path) -> None:
    with running_programs(tmp_path, {}) as programs:
        programs.start(WORKER, "no_such_command")
        killer = WorkerKiller(programs, 60, note=lambda: None, clock=Clock())
        with pytest.raises(ProcessEnded):
            programs.wait_until(lambda: bool(killer.check()), what="It")


def test_the_provider_is_told_which_shares_go_wrong(tmp_path: Path) -> None:
    with provider(tmp_path / "memory") as merchant:
        for _ in range(2):
            FAULTS.tell_provider(str(merchant.http.base_url).rstrip("/"))
        told = merchant.http.get("/control").json()["notifications"]["shares"]
    assert told == {"duplicate": 0.1, "reorder": 0.1, "drop": 0.02, "seed": 7}


def test_the_provider_s_books_have_what_succeeded_there(tmp_path: Path) -> None:
    with provider(tmp_path / "memory") as merchant:
        paid = merchant.paid_payment(amount=500, currency="JPY")
        refund = merchant.post_refund(paid, 200).json()
        merchant.create_payment()
    books, met = read_provider_books(tmp_path / "memory")
    assert books.payments == {paid["id"]: Money(500, "JPY")}
    assert books.refunds == {refund["id"]: (paid["id"], Money(200, "JPY"))}
    assert met.decided.total() == 0


def test_what_was_dropped_is_known_by_its_reference(tmp_path: Path) -> None:
    with provider(tmp_path / "memory") as merchant:
        merchant.instruct(notifications={"shares": {"drop": 1}})
        paid = merchant.paid_payment()
        refund = merchant.post_refund(paid, 200).json()
    _, met = read_provider_books(tmp_path / "memory")
    assert met.dropped_payments == [paid["id"]]
    assert met.dropped_refunds == [refund["id"]]


def test_what_was_duplicated_is_counted_when_both_were_taken(tmp_path: Path) -> None:
    with provider(tmp_path / "memory") as merchant:
        merchant.instruct(notifications={"shares": {"duplicate": 1}})
        merchant.paid_payment()
        merchant.notifications()
    _, met = read_provider_books(tmp_path / "memory")
    assert (met.decided["duplicated"], met.happened["duplicated"]) == (1, 1)


def test_a_memory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match=r"nothing\.sqlite3"):
        read_provider_books(tmp_path / "nothing.sqlite3")


def test_books_are_compared_both_ways() -> None:
    theirs = {"pay_1": Money(1, "EUR"), "pay_2": Money(2, "EUR"), "pay_3": Money(3, "EUR")}
    ours = {"pay_1": Money(1, "EUR"), "pay_2": Money(9, "EUR"), "pay_4": Money(4, "EUR")}
    found = differences_of("payment", theirs, ours)
    assert [each.split(":")[0] for each in found] == [
        "payment pay_2",
        "payment pay_3",
        "payment pay_4",
    ]
    assert "nothing here" in found[1]
    assert "nothing at the provider" in found[2]


def test_the_journal_counts_what_killed_runs_did_too(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.jsonl")
    assert journal.counts() == {}
    for deed in (Deed.STARTED, Deed.KILLED_A_WORKER, Deed.STARTED):
        journal.note(deed)
    assert journal.counts() == {Deed.STARTED: 2, Deed.KILLED_A_WORKER: 1}
    journal.forget()
    assert journal.counts() == {}
