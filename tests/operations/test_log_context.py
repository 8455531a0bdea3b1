"""Ids that lines of the log are given."""

import logging
from threading import Thread

import pytest

from joanie.common.log_context import LogContext, log_context, note_in_log


def line(**extra: object) -> dict[str, object]:
    record = logging.makeLogRecord(extra)
    assert LogContext().filter(record)
    return vars(record)


def test_a_line_outside_of_everything_has_no_ids() -> None:
    assert set(line()) == set(vars(logging.makeLogRecord({})))


def test_a_line_has_the_ids_of_all_scopes_around_it() -> None:
    with log_context(request_id="r"), log_context(order_id=1):
        said = line()
    assert (said["request_id"], said["order_id"]) == ("r", "1")


def test_a_scope_that_ended_is_forgotten_however_it_ended() -> None:
    with log_context(request_id="r"):
        with pytest.raises(ValueError, match="x"), log_context(order_id=1):
            raise ValueError("x")
        assert "order_id" not in line()


def test_what_is_noted_stays_for_the_rest_of_the_request() -> None:
    with log_context(request_id="r"):
        with log_context(notification_id="n"):
            note_in_log(order_id=1)
        assert line()["order_id"] == "1"
    assert "order_id" not in line()


def test_what_is_noted_outside_of_a_request_is_not_kept() -> None:
    note_in_log(order_id=1)
    assert "order_id" not in line()


def test_what_a_line_says_of_itself_stays() -> None:
    with log_context(order_id=1):
        assert line(order_id="mine")["order_id"] == "mine"


def test_another_thread_knows_nothing_of_it() -> None:
    said: list[dict[str, object]] = []
    with log_context(order_id=1):
        thread = Thread(target=lambda: said.append(line()))
        thread.start()
        thread.join()
    assert "order_id" not in said[0]
