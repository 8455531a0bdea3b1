"""How providers differ in what they do with a request that comes again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from flask import request
from flask.typing import ResponseReturnValue
from tests.emulators.tiny_provider import SECRETS, TinyProvider

from joanie.emulators.kit.acquirer.api import make_api
from joanie.emulators.kit.acquirer.application import create_acquirer_app
from joanie.emulators.kit.acquirer.current import current_account
from joanie.emulators.kit.idempotency import honour_idempotency_keys
from joanie.emulators.kit.serving import run_emulator

PATIENCE = 5.0


class Counter:
    """An API that answers how often it was called, with the status that the query asks for."""

    def __init__(self) -> None:
        self.calls = 0
        self.is_called = threading.Event()
        self.may_answer = threading.Event()
        self.may_answer.set()

    def count(self) -> ResponseReturnValue:
        self.calls += 1
        self.is_called.set()
        assert self.may_answer.wait(PATIENCE)
        return str(self.calls), int(request.args.get("status", 200))


@contextmanager
def serve(counter: Counter, **options: Any) -> Iterator[httpx.Client]:
    api = make_api(__name__)
    honour_idempotency_keys(
        api, account_name=lambda: str(current_account().number), header="Once", **options
    )
    api.post("/count")(counter.count)
    api.put("/count", endpoint="replace_count")(counter.count)
    app = create_acquirer_app(TinyProvider(), SECRETS, blueprints=[api])
    bearer = {"Authorization": f"Bearer {SECRETS[0]}"}
    with (
        run_emulator(app) as base_url,
        httpx.Client(base_url=base_url, headers=bearer, trust_env=False) as http,
    ):
        yield http


@pytest.mark.parametrize(("status", "calls"), [(200, 1), (402, 1), (400, 2), (500, 2)])
def test_what_acted_is_answered_as_the_first_time(status: int, calls: int) -> None:
    counter = Counter()
    with serve(counter) as http:
        for _ in range(2):
            http.post(f"/count?status={status}", headers={"Once": "key"})
    assert counter.calls == calls


@pytest.mark.parametrize(("status", "calls"), [(500, 1), (400, 2)])
def test_a_provider_may_keep_its_failures_too(status: int, calls: int) -> None:
    counter = Counter()
    with serve(counter, stores=lambda response: response.status_code != 400) as http:
        for _ in range(2):
            http.post(f"/count?status={status}", headers={"Once": "key"})
    assert counter.calls == calls


def test_the_key_may_be_in_the_body_of_any_request() -> None:
    counter = Counter()
    with serve(counter, read_key=lambda: request.form.get("key")) as http:
        answers = [http.put("/count", data={"key": "k"}).text for _ in range(2)]
    assert answers == ["1", "1"]


def test_what_still_runs_may_be_refused_to_who_asks_again() -> None:
    counter = Counter()
    counter.may_answer.clear()
    with serve(counter, waits=False) as http:
        headers = {"Once": "key"}
        first = threading.Thread(target=http.post, args=["/count"], kwargs={"headers": headers})
        first.start()
        assert counter.is_called.wait(PATIENCE)
        again = http.post("/count", headers=headers)
        counter.may_answer.set()
        first.join()
    assert (again.status_code, again.text) == (409, "<no>idempotency_in_use</no>")
