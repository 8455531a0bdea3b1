"""Runs the suite with pytest: ``-p joanie.payment.conformance.plugin``.

    pytest -p joanie.payment.conformance.plugin --pyargs joanie.payment.conformance

tests the backends of the settings' ``PAYMENT_BACKENDS``, each class once; ``-k acme`` one of them.
A clause about what a provider does not have passes when its page says so, and is told as such.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from joanie.payment.conformance.candidates import Candidate
    from joanie.payment.conformance.harness import Feature, Harness

SUITE = "joanie.payment.conformance"
# What a clause's report tells besides how it went, in ``--junitxml`` for example: whose backend it
# is, and what the provider's page says where it has no such thing.
BACKEND, LACKS = "backend", "lacks"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("joanie")
    group.addoption(
        "--conformance-of",
        action="append",
        default=[],
        metavar="PATH",
        help="A payment backend to test, or a package of them followed by “.*”; can be repeated.",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*features): what the provider must have for it.")
    config.addinivalue_line("markers", "in_every_currency: runs with 0, 2 and 3 decimals.")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    is_clause = metafunc.module.__name__.startswith(f"{SUITE}.")
    if not is_clause or "candidate" not in metafunc.fixturenames:
        return
    # Here: pytest reads this file before Django is set up.
    from joanie.payment.conformance.candidates import find_candidates  # noqa: PLC0415

    is_about_amounts = metafunc.definition.get_closest_marker("in_every_currency") is not None
    candidates = [
        each
        for found in find_candidates(metafunc.config.getoption("--conformance-of"))
        for each in found.in_currencies()[: None if is_about_amounts else 1]
    ]
    metafunc.parametrize("candidate", candidates, ids=str)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """In place of a clause about what the provider lacks, check that it does."""
    given: dict[str, Any] = pyfuncitem.funcargs
    if not {"candidate", "harness"} <= given.keys():
        return None
    candidate, harness = given["candidate"], given["harness"]
    pyfuncitem.user_properties.append((BACKEND, candidate.name))
    lacking = [feature for feature in needed_features(pyfuncitem) if feature in harness.lacks]
    for feature in lacking:
        check_lack(candidate, harness, feature, pyfuncitem.config.rootpath)
        pyfuncitem.user_properties.append((LACKS, harness.lacks[feature]))
    return True if lacking else None


def get_provider(name: str) -> str:
    """Return the provider's name, of a backend that is one of several."""
    return name.partition("/")[0]


def needed_features(item: pytest.Item) -> Iterator["Feature"]:
    for marker in item.iter_markers("needs"):
        yield from marker.args


def check_lack(candidate: "Candidate", harness: "Harness", feature: "Feature", root: Path) -> None:
    """Fail unless the provider's page has the sentence."""
    page = root / (harness.page or f"docs/reference/providers/{get_provider(candidate.name)}.md")
    sentence = harness.lacks[feature]
    text = " ".join(page.read_text(encoding="utf-8").split()) if page.exists() else ""
    if not sentence or " ".join(sentence.split()) not in text:
        pytest.fail(f"{candidate.name} lacks {feature.value}, and {page} does not say: {sentence}")
