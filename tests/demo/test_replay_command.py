from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from joanie.core.factories import OrderFactory
from joanie.core.models import Order
from joanie.demo.exceptions import DemoFailed
from joanie.demo.narration import Narrator
from joanie.demo.replay.stage import ReplayStage


def test_the_replay_is_for_development(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG"):
        call_command("joanie_replay")


@pytest.mark.parametrize("count", ["0", "-1", "some", "1.5"])
def test_a_number_of_registrations_is_one_or_all(count: str) -> None:
    with pytest.raises(CommandError, match="all"):
        call_command("joanie_replay", count)


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "4000"])
def test_workers_are_killed_every_so_many_seconds(seconds: str) -> None:
    with pytest.raises(CommandError, match="seconds, from 1"):
        call_command("joanie_replay", f"--kill-every={seconds}")


def test_a_file_of_something_else_is_refused_before_anything_starts(settings: Settings) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError, match=r"line 2: a registration is"):
        call_command("joanie_replay", "--file", __file__)


@pytest.mark.django_db
def test_a_database_with_orders_of_others_is_not_emptied() -> None:
    OrderFactory()
    stage = ReplayStage(0, 0, Narrator(StringIO()))
    with pytest.raises(DemoFailed, match="others"), stage.opened(restarts=True):
        pass
    assert Order.objects.exists()
