"""Notifications on their way to the merchant: over real HTTP, from the background."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx

from joanie.emulators.kit.background import Background, Pause
from joanie.emulators.kit.controls import Controls

TIMEOUT = 5.0
TRIES = 6


@dataclass(frozen=True)
class Notification:
    """One event, as bytes. ``sign`` makes the headers anew for each try: most hold the time.

    ``on_taken`` is called when the merchant has answered with a 2xx.
    """

    event_id: str
    event_type: str
    url: str
    body: bytes
    sign: Callable[[], Mapping[str, str]]
    method: str = "POST"
    on_taken: Callable[[], None] | None = None


@dataclass
class Delivery:
    notification: Notification
    state: str = "pending"
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.notification.event_id,
            "type": self.notification.event_type,
            "url": self.notification.url,
            "state": self.state,
            "attempts": list(self.attempts),
            "body": self.notification.body.decode(errors="replace"),
        }


class Deliveries:
    """Sends each notification until it is answered with a 2xx, as the controls say.

    The first try is immediate; the next ones follow after 1, 2, 4, 8 and 16 times ``retry_base``
    seconds. The order in which two notifications arrive is not promised.
    """

    def __init__(self, controls: Controls, *, retry_base: float = 1.0) -> None:
        self._controls = controls
        self._retry_base = retry_base
        self._background = Background()
        self._lock = threading.Lock()
        self._log: list[Delivery] = []
        self._held: list[Delivery] = []
        self._client = httpx.Client(
            timeout=TIMEOUT,
            trust_env=False,
            verify=False,  # noqa: S501 - a certificate of this machine is signed by itself
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def send(self, notification: Notification) -> None:
        delivery = self._record(notification)
        if self._controls.take_drop():
            delivery.state = "dropped"
            return
        instructions = self._controls.notifications
        if instructions.hold or instructions.reorder:
            with self._lock:
                delivery.state = "held"
                self._held.append(delivery)
            return
        self._background.start(partial(self._deliver, delivery))

    def send_once(self, notification: Notification) -> dict[str, Any]:
        """Send now, whatever the controls say, and return what came of it."""
        delivery = self._record(notification)
        self._try(delivery)
        if delivery.state == "pending":
            delivery.state = "failed"
        return delivery.attempts[-1]

    def release(self) -> int:
        """Let go of what was held: one after the other, backwards when told to reorder."""
        with self._lock:
            released, self._held = self._held, []
            for delivery in released:
                delivery.state = "pending"
        if self._controls.notifications.reorder:
            released.reverse()

        def deliver_in_turn(pause: Pause) -> None:
            for delivery in released:
                if pause(0):
                    self._first_try(delivery)

        self._background.start(deliver_in_turn)
        return len(released)

    def resend(self, event_id: str) -> bool:
        with self._lock:
            found = [each for each in self._log if each.notification.event_id == event_id]
        for delivery in found[:1]:
            self.send(delivery.notification)
        return bool(found)

    def wait_until_idle(self, seconds: float) -> bool:
        """Wait until each delivery has arrived or was given up. Held ones are not waited for."""
        return self._background.wait_until_idle(seconds)

    def log(self) -> list[dict[str, Any]]:
        with self._lock:
            return [delivery.as_json() for delivery in self._log]

    def forget(self) -> None:
        self._background.interrupt()
        with self._lock:
            self._log.clear()
            self._held.clear()

    def close(self) -> None:
        self._background.close(patience=TIMEOUT + 1)
        self._client.close()

    def _record(self, notification: Notification) -> Delivery:
        delivery = Delivery(notification)
        with self._lock:
            self._log.append(delivery)
        return delivery

    def _deliver(self, delivery: Delivery, pause: Pause) -> None:
        if pause(self._controls.notifications.delay):
            self._first_try(delivery)

    def _first_try(self, delivery: Delivery) -> None:
        copies = self._controls.notifications.duplicate
        together = threading.Barrier(copies + 1)

        def send_copy(_pause: Pause) -> None:
            together.wait()
            self._try(delivery)

        for _ in range(copies):
            self._background.start(send_copy)
        together.wait()
        if not self._try(delivery):
            self._background.start(partial(self._retry, delivery))

    def _retry(self, delivery: Delivery, pause: Pause) -> None:
        for doublings in range(TRIES - 1):
            if not pause(self._retry_base * 2**doublings):
                return
            if self._try(delivery):
                return
        if delivery.state == "pending":
            delivery.state = "failed"

    def _try(self, delivery: Delivery) -> bool:
        notification = delivery.notification
        attempt: dict[str, Any] = {"at": time.time()}
        is_accepted = False
        try:
            response = self._client.request(
                notification.method,
                notification.url,
                content=notification.body,
                headers=notification.sign(),
            )
        except httpx.HTTPError as error:
            attempt["error"] = str(error) or type(error).__name__
        else:
            attempt["status"] = response.status_code
            is_accepted = response.is_success
        with self._lock:
            delivery.attempts.append(attempt)
            if is_accepted:
                delivery.state = "delivered"
        if is_accepted and notification.on_taken is not None:
            notification.on_taken()
        return is_accepted
