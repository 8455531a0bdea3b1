"""The suite asks every backend, and believes nothing that is not written."""

import re
from pathlib import Path

import pytest
from docs.conformance_table import PAGE, Answers, Clause, NotWhole, find_clauses, write_page
from pytest_django import Settings
from tests.docs.acme_pay.backend import AcmeBackend

from joanie.payment import backends
from joanie.payment.backends.dummy import DummyPaymentBackend
from joanie.payment.backends.dummy.harness import Harness
from joanie.payment.conformance.candidates import (
    NONE,
    Candidate,
    NoHarness,
    find_candidates,
    get_harness_class,
)
from joanie.payment.conformance.harness import Feature
from joanie.payment.conformance.plugin import check_lack, get_provider

ROOT = Path(__file__).parents[2]
FOLDERS = {each.parent.name for each in Path(backends.__path__[0]).glob("*/__init__.py")}
OURS = sorted(each.name for each in find_candidates(["joanie.payment.backends.*"]))
DUMMY = Candidate("dummy", DummyPaymentBackend)


def test_every_provider_folder_is_asked() -> None:
    assert {get_provider(name) for name in OURS} == FOLDERS


@pytest.mark.parametrize("each", find_candidates(["joanie.payment.backends.*"]), ids=str)
def test_somebody_plays_the_provider_of_each(each: Candidate) -> None:
    assert each.backend is not None, each.fault
    assert get_harness_class(each.backend)


def test_the_backends_of_the_settings_are_asked() -> None:
    assert find_candidates([]) == [DUMMY]


def test_what_cannot_be_imported_is_not_passed_over() -> None:
    (found,) = find_candidates(["joanie.payment.backends.nowhere.NowhereBackend"])
    assert found.backend is None
    assert "NowhereBackend" in found.fault


class PlayedByNobody(AcmeBackend):
    """Its module has no module “harness” beside it."""


def test_a_backend_that_nobody_plays_is_not_passed_over() -> None:
    with pytest.raises(NoHarness, match="has no class “Harness”"):
        get_harness_class(PlayedByNobody)


def test_nothing_to_test_is_not_passed_over(settings: Settings) -> None:
    settings.JOANIE = {"PAYMENT_BACKENDS": {}}
    assert [each.fault for each in find_candidates([])] == [NONE]


class TakesNothing(DummyPaymentBackend):
    supported_currencies = frozenset()


def test_a_backend_that_takes_no_currency_is_not_passed_over() -> None:
    (tried,) = Candidate("acme", TakesNothing).in_currencies()
    assert tried.fault == "acme takes no currency."


def test_each_number_of_decimals_is_tried() -> None:
    assert [each.currency for each in DUMMY.in_currencies()] == ["EUR", "JPY", "KWD"]


class InDollarsAndPesos(DummyPaymentBackend):
    supported_currencies = frozenset({"USD", "CLP"})


def test_a_currency_like_the_usual_one_does() -> None:
    tried = Candidate("acme", InDollarsAndPesos).in_currencies()
    assert [each.currency for each in tried] == ["USD", "CLP"]


def test_what_a_provider_lacks_stands_on_its_page() -> None:
    check_lack(DUMMY, Harness(), Feature.MODES, ROOT)


class Unfounded(Harness):
    lacks = {Feature.ABORTS: "Nothing can be aborted."}


def test_what_is_not_on_the_page_is_not_believed() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"does not say: Nothing can be aborted\."):
        check_lack(DUMMY, Unfounded(), Feature.ABORTS, ROOT)


def test_every_clause_says_where_it_is_written() -> None:
    page = "how-money-moves.md §"
    assert [each.name for each in find_clauses() if not each.source.startswith(page)] == []


def test_what_a_clause_names_is_a_paragraph_of_the_contract() -> None:
    contract = (ROOT / "docs/explanation/how-money-moves.md").read_text(encoding="utf-8")
    chapters = re.split(r"^## (\d)\. .*$", contract, flags=re.MULTILINE)
    paragraphs = {
        f"{number}.{point}" if point else number
        for number, text in zip(chapters[1::2], chapters[2::2], strict=True)
        for point in ["", *re.findall(r"^(\d)\. ", text, re.MULTILINE)]
    }
    named = {
        each for clause in find_clauses() for each in re.findall(r"§([\d.]*\d)", clause.source)
    }
    assert named - paragraphs == set()


def test_no_two_clauses_have_one_name() -> None:
    names = [clause.name for clause in find_clauses()]
    assert len(names) == len(set(names))


def test_the_table_tells_of_every_clause_and_backend() -> None:
    """Otherwise: make conformance."""
    page = PAGE.read_text(encoding="utf-8")
    headings = {line for line in page.splitlines() if line.startswith("| clause |")}
    assert headings == {f"| clause | {' | '.join(OURS)} |"}
    assert [each.name for each in find_clauses() if f"| {each.sentence} |" not in page] == []
    assert page.count("\n| ") == len(find_clauses()) + 2 * page.count("| clause |")


PAID = Clause("Paying.", "test_a_payment_is_booked", "how-money-moves.md §6.")


def test_the_table_has_a_footnote_for_what_there_is_not() -> None:
    answers: Answers = {(PAID.name, "acme"): "", (PAID.name, "void"): "Nobody pays."}
    page = write_page([PAID], answers)
    assert "| A payment is booked | passes | no such thing[^1] |" in page
    assert "[^1]: [void](providers/void.md): “Nobody pays.”" in page


def test_no_table_is_written_of_half_a_run() -> None:
    with pytest.raises(NotWhole, match="void was not asked"):
        write_page([PAID], {(PAID.name, "acme"): "", ("test_something_else", "void"): ""})
