from collections import Counter
from pathlib import Path

import pytest

from joanie.demo.dataset import Registration, read_registrations
from joanie.demo.exceptions import DemoFailed
from joanie.demo.replay.plan import Purchase, idempotency_key, make_plan

HEADER = "code_module,code_presentation,id_student,date_registration,date_unregistration\n"


@pytest.fixture(scope="module")
def plan() -> list[Purchase]:
    return make_plan(read_registrations())


def registration(
    student: str = "1", *, day: int | None = -10, left: int | None = None, code: str = "2013J"
) -> Registration:
    return Registration("BBB", code, student, day, left)


def only(each: Registration) -> Purchase:
    (purchase,) = make_plan([each])
    return purchase


def test_every_registration_is_a_purchase(plan: list[Purchase]) -> None:
    assert len(plan) == 32_593
    assert len({purchase.name for purchase in plan}) == 32_593
    assert len({purchase.username for purchase in plan}) == 28_785


def test_registrations_of_an_unknown_day_come_first(plan: list[Purchase]) -> None:
    dateless = [each for each in plan if each.registration.registered_on is None]
    assert dateless == plan[:45]
    assert sum(each.registration.has_left for each in dateless) == 39


def test_the_others_come_by_day(plan: list[Purchase]) -> None:
    days = [each.registration.registered_on or 0 for each in plan[45:]]
    assert (days[0], days[-1]) == (-322, 167)
    assert days == sorted(days)


def test_who_comes_again_is_the_same_learner_who_buys_something_else(
    plan: list[Purchase],
) -> None:
    pairs = Counter((each.username, each.registration.module) for each in plan)
    assert sum(count > 1 for count in pairs.values()) == 1_271


def test_a_shorter_plan_is_the_beginning_of_a_longer_one(plan: list[Purchase]) -> None:
    assert make_plan(read_registrations(), 500) == plan[:500]


def test_one_purchase_in_fifty_has_its_documents_read(plan: list[Purchase]) -> None:
    assert [number for number, each in enumerate(plan[:101]) if each.is_sampled] == [0, 50, 100]


def test_money_is_given_back_to_who_left_and_had_paid() -> None:
    assert only(registration(left=3)).is_given_back
    assert not only(registration()).is_given_back
    assert not only(Registration("GGG", "2013J", "1", -10, 3)).is_given_back


def test_the_day_of_leaving_may_be_the_first() -> None:
    assert only(registration(left=0)).is_given_back


def test_who_leaves_before_the_first_day_is_given_the_money_back_at_once() -> None:
    assert only(registration(left=-1)).is_given_back_at_once
    assert not only(registration(left=0)).is_given_back_at_once
    assert not only(Registration("GGG", "2013J", "1", -10, -3)).is_given_back_at_once


def test_the_same_request_has_the_same_key() -> None:
    keys = [idempotency_key(only(registration()), "order", "") for _ in range(2)]
    assert keys[0] == keys[1]


def test_another_registration_step_or_past_has_another_key() -> None:
    purchase = only(registration())
    keys = {
        idempotency_key(purchase, "order", ""),
        idempotency_key(purchase, "order", "an order that was canceled"),
        idempotency_key(purchase, "pay", ""),
        idempotency_key(only(registration("2")), "order", ""),
        idempotency_key(only(registration(code="2014J")), "order", ""),
    }
    assert len(keys) == 5


def test_a_presentation_that_nobody_sells_is_named() -> None:
    with pytest.raises(DemoFailed, match="BBB 1999J"):
        make_plan([registration(code="1999J")])


@pytest.mark.parametrize("line", ["BBB,2013J,1", "BBB,2013J,1,soon,"])
def test_a_line_that_is_no_registration_is_named(line: str, tmp_path: Path) -> None:
    file = tmp_path / "registrations.csv"
    file.write_text(f"{HEADER}BBB,2013J,1,-5,\n{line}\n")
    with pytest.raises(DemoFailed, match=r"registrations\.csv, line 3"):
        read_registrations(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DemoFailed, match=r"none\.csv cannot be read"):
        read_registrations(tmp_path / "none.csv")


def test_a_file_without_registrations_is_a_plan_without_purchases(tmp_path: Path) -> None:
    file = tmp_path / "empty.csv"
    file.write_text("")
    assert make_plan(read_registrations(file)) == []
