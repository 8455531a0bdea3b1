"""A database that breaks off is told as what it is: come back in a moment."""

import logging

import pytest
from django.db import connection
from tests.api.api_client import Api
from tests.common.sql import execute
from tests.concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def cut_connection() -> None:
    """End this thread's connection, as a restart of PostgreSQL does."""
    ((pid,),) = execute("SELECT pg_backend_pid()")
    at_once(lambda: execute("SELECT pg_terminate_backend(%s, 5000)", pid))


@pytest.mark.parametrize("path", ["/products/", "/orders/"])
def test_a_connection_that_is_cut_answers_503_and_when_to_come_back(api: Api, path: str) -> None:
    cut_connection()
    response = api.get(path)
    connection.close()
    assert response.status_code == 503
    assert response.json()["code"] == "database_unavailable"
    assert int(response.headers["Retry-After"]) > 0
    assert api.get(path).status_code == 200


def test_it_is_told_in_french_and_logged_with_its_cause(
    owner: object, caplog: pytest.LogCaptureFixture
) -> None:
    french = Api(owner, language="fr")
    cut_connection()
    response = french.get("/products/")
    connection.close()
    assert response.json()["detail"].startswith("La base de données ne répond pas")
    (line,) = [each for each in caplog.records if each.name == "joanie.api.exception_handler"]
    assert line.levelno == logging.ERROR
    assert line.exc_info
    assert line.exc_info[1] is not None
    assert line.exc_info[1].__cause__ is not None


def test_a_statement_that_postgresql_breaks_off_is_no_fault_of_ours(api: Api) -> None:
    execute("SET statement_timeout = '1ms'")
    # Nothing is written so slowly by itself: a lock is waited for.
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE joanie_core_product")
    response = api.get("/products/")
    other.close()
    connection.close()
    assert response.json()["code"] == "database_unavailable"
