"""A process dies by SIGKILL at each point of each journey: nothing is lost, nothing done twice."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.crashes.books import check_everything
from tests.crashes.journeys import JOURNEYS, Journey
from tests.crashes.shop import Shop

import joanie
from joanie.payment.crash_points import CrashPoint

DEATHS = [(journey, point) for journey in JOURNEYS for point in journey.deaths]
KINDS = [*dict.fromkeys(type(each) for each in JOURNEYS)]


def describe(value: object) -> str:
    return str(getattr(value, "__name__", getattr(value, "name", value)))


def undergo(shop: Shop, journey: Journey, *points: CrashPoint, times: int = 1) -> None:
    journey.prepare(shop)
    shop.fate.forget()
    shop.fate.doom(*points, times=times)
    journey.walk(shop)
    journey.check(shop)
    check_everything(shop)


@pytest.mark.parametrize(("journey", "point"), DEATHS, ids=describe)
def test_a_process_that_dies_loses_nothing_and_does_nothing_twice(
    shop: Shop, journey: Journey, point: CrashPoint
) -> None:
    undergo(shop, journey, point)
    assert shop.fate.deaths == {point: 1}


@pytest.mark.parametrize("journey", [kind() for kind in KINDS], ids=describe)
def test_whoever_dies_at_one_point_after_the_other_still_gets_there(
    shop: Shop, journey: Journey
) -> None:
    undergo(shop, journey, *CrashPoint, times=2)
    assert set(shop.fate.deaths) == shop.fate.passed


@pytest.mark.parametrize("kind", KINDS, ids=describe)
def test_a_journey_passes_the_points_that_it_names(shop: Shop, kind: type[Journey]) -> None:
    undergo(shop, kind())
    assert shop.fate.passed == set(kind.points)


def test_every_point_is_died_at() -> None:
    assert {point for _, point in DEATHS} == set(CrashPoint)


def test_every_point_is_reached_at_one_place_in_the_code() -> None:
    assert Counter(points_in_the_code()) == Counter(point.name for point in CrashPoint)


def points_in_the_code() -> Iterator[str]:
    for file in Path(joanie.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name(id="CrashPoint"), attr=name):
                    yield name
