import io
from dataclasses import replace

import pytest

from joanie.demo.dataset import Registration
from joanie.demo.narration import Narrator
from joanie.demo.replay.outcomes import Outcome, differences, expected_outcome
from joanie.demo.replay.plan import Purchase, make_plan
from joanie.demo.replay.progress import Lines
from joanie.demo.replay.summary import HEADER, count_repeated, summarize

PLAN = make_plan(
    [
        Registration("BBB", "2013J", "1", None, 3),
        Registration("BBB", "2014J", "1", -10, None),
        Registration("EEE", "2013J", "2", -5, 20),
        Registration("GGG", "2013J", "3", -5, 20),
    ]
)


@pytest.fixture
def outcomes() -> dict[Purchase, Outcome]:
    return {purchase: expected_outcome(purchase) for purchase in PLAN}


def test_the_table_counts_each_module_and_each_currency(
    outcomes: dict[Purchase, Outcome],
) -> None:
    rows = summarize(outcomes)
    assert {len(row) for row in rows} == {len(HEADER)}
    cells = ["  ".join(row) for row in rows]
    assert cells == [
        "BBB  2  1  1  2  0  2  1  EUR 240.00  EUR 120.00  3",
        "EEE  1  0  0  1  0  1  1  JPY 15,000  JPY 15,000  2",
        "GGG  1  0  0  1  1  0  0  EUR 0.00  EUR 0.00  0",
        "all EUR  3  1  1  3  1  2  1  EUR 240.00  EUR 120.00  3",
        "all JPY  1  0  0  1  0  1  1  JPY 15,000  JPY 15,000  2",
    ]


def test_students_who_come_again_are_counted_once(outcomes: dict[Purchase, Outcome]) -> None:
    assert count_repeated(outcomes) == 1


def test_what_is_as_expected_is_no_difference(outcomes: dict[Purchase, Outcome]) -> None:
    assert list(differences(outcomes)) == []


def test_a_difference_is_said_with_what_was_expected(
    outcomes: dict[Purchase, Outcome],
) -> None:
    outcomes[PLAN[0]] = replace(outcomes[PLAN[0]], state="validated", documents=1)
    (found,) = differences(outcomes)
    assert found == (
        PLAN[0],
        "state validated instead of refunded, documents 1 instead of 2",
    )


def test_progress_is_told_in_lines_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("joanie.demo.replay.progress.LINE_EVERY", 0)
    told = io.StringIO()
    lines = Lines(Narrator(told), "Registrations", total=10, done=8)
    lines.advance()
    lines.advance()
    assert "Registrations: 9 of 10" in told.getvalue()
    assert told.getvalue().splitlines()[-1].endswith("0 s left")
