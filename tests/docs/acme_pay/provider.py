"""Acme Pay itself, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from flask import Flask, request
from werkzeug.serving import make_server

SECRET_KEY = "acme's key"


class AcmePay:
    """What was asked of it. ``cards`` says what a charge of each token comes to."""

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.cards: dict[str, dict[str, str]] = {
            "good": {"status": "paid"},
            "stolen": {"status": "declined", "reason": "stolen"},
        }
        self.app = Flask("acme_pay")
        self.app.before_request(self._authenticate)
        self.app.post("/payments")(self._create)
        self.app.get("/payments/<payment_id>")(self._retrieve)
        self.app.post("/payments/<payment_id>/cancel")(self._cancel)
        self.app.post("/payments/<payment_id>/refunds")(self._refund)
        self.app.delete("/cards/<token>")(self._delete_card)

    @contextmanager
    def running(self) -> Iterator[str]:
        server = make_server("127.0.0.1", 0, self.app, threaded=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()
        server.server_close()

    def _authenticate(self) -> Any:
        if request.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
            return {}, 401
        return None

    def _create(self) -> Any:
        key = request.headers["Idempotency-Key"]
        if key not in self.keys:
            body = request.get_json()
            if body.get("card") not in {None, *self.cards}:
                return {}, 404
            payment_id = self.keys[key] = f"pay_{len(self.payments):024x}"
            outcome = self.cards[body["card"]] if "card" in body else {"status": "open"}
            page = f"https://acme-pay.example/{payment_id}"
            made = {"id": payment_id, "page": page, "card": None, **outcome}
            self.payments[payment_id] = {**body, **made}
        return self.payments[self.keys[key]], 201

    def _retrieve(self, payment_id: str) -> Any:
        return self.payments.get(payment_id) or ({}, 404)

    def _cancel(self, payment_id: str) -> Any:
        payment = self.payments[payment_id]
        if payment["status"] != "open":
            return payment, 409
        payment["status"] = "canceled"
        return payment

    def _refund(self, payment_id: str) -> Any:
        payment, key = self.payments[payment_id], request.headers["Idempotency-Key"]
        refunds = payment.setdefault("refunds", [])
        if key not in self.keys:
            amount = request.get_json()["amount"]
            if amount + sum(refund["amount"] for refund in refunds) > payment["amount"]:
                return {}, 409
            self.keys[key] = f"ref_{len(self.keys):08x}"
            refund = {"id": self.keys[key], "amount": amount, "currency": payment["currency"]}
            refunds.append({**refund, "status": "sent"})
        return next(refund for refund in refunds if refund["id"] == self.keys[key]), 201

    def _delete_card(self, token: str) -> Any:
        return ("", 204) if self.cards.pop(token, None) else ({}, 404)
