"""localstripe, another implementation of Stripe, and the adapter to the subset that it has."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from joanie.payment.backends.stripe import StripePaymentIntentBackend
from joanie.payment.backends.stripe.client import StripeClient, Wire

KEY, WEBHOOK_SECRET = "sk_test_12345", "whsec_of_localstripe"
PATIENCE = 20
# It refuses what it does not know.
NOT_TAKEN = (
    "allowed_payment_method_types",
    "automatic_payment_methods",
    "cancellation_reason",
    "description",
    "return_url",
    "setup_future_usage",
)
RUN = """
import sys
from aiohttp import web
from localstripe.server import app
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
"""


@contextmanager
def run_localstripe() -> Iterator[str]:
    """Run it on a free port of loopback, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", RUN, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    raise TimeoutError("localstripe did not start")


class LocalStripeClient(StripeClient):
    """Leaves out what localstripe does not take, and adds what it does not tell."""

    def create_intent(self, body: Wire, idempotency_key: str) -> Wire:
        return _completed(super().create_intent(body, idempotency_key))

    def retrieve_intent(self, intent_id: str) -> Wire | None:
        intent = super().retrieve_intent(intent_id)
        return _completed(intent) if intent else None

    def _post(self, path: str, body: Wire, idempotency_key: str | None = None) -> httpx.Response:
        taken = {name: value for name, value in body.items() if name not in NOT_TAKEN}
        if "expand" in taken:
            taken["expand"] = ("payment_method",)
        return super()._post(path, taken, idempotency_key)

    def _get(self, path: str, expand: tuple[str, ...]) -> Wire | None:
        return super()._get(path, ("payment_method",) if expand else ())


def _completed(intent: Mapping[str, Any]) -> Wire:
    came = intent["amount"] if intent["status"] == "succeeded" else 0
    return {**intent, "amount_received": came, "setup_future_usage": None}


class LocalStripeBackend(StripePaymentIntentBackend):
    @property
    def client(self) -> StripeClient:
        return LocalStripeClient(self.configuration)
