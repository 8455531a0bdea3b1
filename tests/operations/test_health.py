"""Probes: what takes a server out of rotation, and what is only told."""

from threading import Event
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings
from tests.common.sql import execute
from tests.statements import captured_statements

from joanie.common.queue import enqueue
from joanie.operations import health
from joanie.operations.timed_checks import FAILURE_LASTS, Finding, TimedCheck
from joanie.payment.models import ProformaInvoice

transactional = pytest.mark.django_db(transaction=True)
REFUND = {"refund_id": "00000000-0000-4000-8000-000000000000"}


def ask(client: Client, path: str) -> tuple[int, Any]:
    response = client.get(f"/health/{path}")
    assert response.headers["Cache-Control"].startswith("max-age=0")
    return response.status_code, response.json()


def failing(client: Client, path: str) -> set[str]:
    status, body = ask(client, path)
    failed = {name for name, told in body["checks"].items() if told["status"] == "failing"}
    assert (status, body["status"]) == ((503, "failing") if failed else (200, "ok"))
    return failed


def test_a_process_that_answers_lives_without_a_database(client: Client) -> None:
    assert ask(client, "live") == (200, {"status": "ok"})


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_probes_only_read(client: Client, method: str) -> None:
    assert getattr(client, method)("/health/ready").status_code == 405


@transactional
def test_a_server_with_all_it_needs_is_ready(client: Client) -> None:
    assert ask(client, "ready") == (
        200,
        {"status": "ok", "checks": {"database": {"status": "ok"}, "migrations": {"status": "ok"}}},
    )


@transactional
def test_the_whole_site_is_well(client: Client) -> None:
    status, body = ask(client, "all")
    assert status == 200
    assert set(body["checks"]) == {"database", "migrations", "storage", "queue"}
    assert body["checks"]["queue"] == {"status": "ok", "oldest_due_seconds": 0}


@transactional
def test_a_server_whose_database_is_down_is_not_ready_and_tells_nothing_else(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Finding:
        raise ConnectionError("no route to 10.0.0.7 for user joanie")

    monkeypatch.setattr(health.DATABASE, "_look", refuse)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == {"status": "failing"}
    assert "10.0.0.7" not in response.text


@transactional
def test_a_server_newer_than_its_database_is_not_ready_until_it_is_migrated(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joanie.operations.timed_checks.FAILURE_LASTS", 0)
    newest = MigrationRecorder.Migration.objects.filter(app="joanie_payment").latest("id")
    newest.delete()
    assert failing(client, "ready") == {"migrations"}
    newest.save(force_insert=True)
    assert failing(client, "ready") == set()


@transactional
def test_a_server_older_than_its_database_goes_on(client: Client) -> None:
    row = MigrationRecorder.Migration.objects.create(app="joanie_payment", name="9999_later")
    assert failing(client, "ready") == set()
    row.delete()


class BrokenStorage(InMemoryStorage):
    def _open(self, name: str, mode: str = "rb") -> Any:
        raise PermissionError(name)


@transactional
def test_storage_that_fails_is_told_and_stops_no_sales(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProformaInvoice._meta.get_field("pdf"), "storage", BrokenStorage())
    assert failing(client, "all") == {"storage"}
    assert failing(client, "ready") == set()


@transactional
def test_storage_is_written_once_and_then_read(settings: Settings) -> None:
    storage = ProformaInvoice._meta.get_field("pdf").storage
    assert health.look_at_storage().is_well
    before = storage.get_modified_time(health.STORED_NAME)
    assert health.look_at_storage().is_well
    assert storage.get_modified_time(health.STORED_NAME) == before
    assert storage.listdir("joanie") == ([], ["health.txt"])


@transactional
def test_a_file_that_is_half_written_is_written_again() -> None:
    assert health.look_at_storage().is_well
    storage = ProformaInvoice._meta.get_field("pdf").storage
    with storage.open(health.STORED_NAME, "wb") as file:
        file.write(health.STORED_CONTENT[:10])
    assert health.look_at_storage().is_well
    assert storage.listdir("joanie") == ([], ["health.txt"])


class ForgetfulStorage(InMemoryStorage):
    def _open(self, name: str, mode: str = "rb") -> Any:
        return ContentFile(b"something else")


def test_what_reads_otherwise_however_often_it_is_written_is_a_storage_that_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ProformaInvoice._meta.get_field("pdf"), "storage", ForgetfulStorage())
    for _ in range(2):
        assert not health.look_at_storage().is_well


@transactional
def test_a_job_that_waits_too_long_is_told_and_stops_no_sales(client: Client) -> None:
    enqueue("joanie.payment.submit_refund", **REFUND)
    execute("UPDATE procrastinate_events SET at = at - interval '6 minutes'")
    assert failing(client, "all") == {"queue"}
    _, body = ask(client, "all")
    assert 360 <= body["checks"]["queue"]["oldest_due_seconds"] < 420
    assert failing(client, "ready") == set()


@transactional
def test_a_job_that_is_to_be_tried_again_later_is_not_late() -> None:
    enqueue("joanie.payment.submit_refund", **REFUND)
    execute("UPDATE procrastinate_events SET at = at - interval '1 hour'")
    execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    assert health.look_at_queue() == Finding(is_well=True, numbers={"oldest_due_seconds": 0})
    execute("UPDATE procrastinate_jobs SET scheduled_at = now() - interval '400 seconds'")
    assert not health.look_at_queue().is_well


@transactional
def test_the_queue_is_looked_at_in_one_statement_however_long_it_is() -> None:
    for _ in range(10):
        enqueue("joanie.payment.submit_refund", **REFUND)
    with captured_statements() as statements:
        assert health.look_at_queue().is_well
    assert len(statements) == 1


def test_a_check_that_hangs_fails_in_time_and_is_not_started_again() -> None:
    looks, gate = [], Event()

    def hang() -> Finding:
        looks.append(1)
        gate.wait(60)
        return Finding(is_well=True)

    check = TimedCheck("gate", hang, limit=0.05, lasts=60)
    assert [check().is_well, check().is_well, len(looks)] == [False, False, 1]
    gate.set()
    patient = check._current
    assert patient is not None
    assert patient.wait(60).is_well


@pytest.mark.parametrize(("is_well", "lasts"), [(True, 60), (False, FAILURE_LASTS)])
def test_what_was_found_is_believed_for_a_while(is_well: bool, lasts: float) -> None:
    looks: list[int] = []

    def look() -> Finding:
        looks.append(1)
        return Finding(is_well)

    check = TimedCheck("something", look, limit=5, lasts=60)
    assert [check().is_well, check().is_well, len(looks)] == [is_well, is_well, 1]
    assert check._current is not None
    assert not check._current.is_over(60)
    check._current._ended_at -= lasts
    check()
    assert len(looks) == 2
