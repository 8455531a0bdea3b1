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
from joanie.emulators.kit.shares import Fate, Fates

TIMEOUT = 5.0
TRIES = 6
# What is reordered waits for that many later ones to arrive, and no longer than that many seconds.
OVERTAKEN_BY = 3
HELD_AT_MOST = 5.0


@dataclass(frozen=True)
class Notification:
    """One event, as bytes. ``sign`` makes the headers anew for each try: most hold the time.

    ``on_taken`` is called when the merchant has answered with a 2xx. ``name`` says what it is
    about, in this life of the emulator and in the next.
    """

    event_id: str
    event_type: str
    url: str
    body: bytes
    sign: Callable[[], Mapping[str, str]]
    method: str = "POST"
    on_taken: Callable[[], None] | None = None
    name: str = ""


@dataclass
class Delivery:
    notification: Notification
    number: int
    fate: Fate = Fate.PLAIN
    state: str = "pending"
    attempts: list[dict[str, Any]] = field(default_factory=list)
    overtaken_by: int = 0

    @property
    def has_met_its_fate(self) -> bool:
        """Say whether what is told of it is what the merchant saw."""
        taken = sum(200 <= each.get("status", 0) < 300 for each in self.attempts)
        return taken > 1 if self.fate is Fate.DUPLICATED else self.overtaken_by > 0

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

    def __init__(
        self, controls: Controls, *, retry_base: float = 1.0, fates: Fates | None = None
    ) -> None:
        self._controls = controls
        self._fates = fates or Fates()
        self._retry_base = retry_base
        self._background = Background()
        self._lock = threading.Lock()
        self._log: list[Delivery] = []
        self._held: list[Delivery] = []
        self._waiting: list[Delivery] = []
        self._client = httpx.Client(
            timeout=TIMEOUT,
            trust_env=False,
            verify=False,  # noqa: S501 - a certificate of this machine is signed by itself # nosec B501
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    def send(self, notification: Notification) -> None:
        instructions = self._controls.notifications
        fate = self._fates.meet(_name(notification), instructions.shares)
        self._send(self._record(notification, fate))

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
            self._send(self._record(delivery.notification))
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
        self._fates.forget()

    def close(self) -> None:
        self._background.close(patience=TIMEOUT + 1)
        self._client.close()

    def _record(self, notification: Notification, fate: Fate = Fate.PLAIN) -> Delivery:
        with self._lock:
            delivery = Delivery(notification, number=len(self._log), fate=fate)
            self._log.append(delivery)
        return delivery

    def _send(self, delivery: Delivery) -> None:
        if self._controls.take_drop() or delivery.fate is Fate.DROPPED:
            delivery.state = "dropped"
            return
        instructions = self._controls.notifications
        if instructions.hold or instructions.reorder:
            with self._lock:
                delivery.state = "held"
                self._held.append(delivery)
            return
        self._background.start(partial(self._deliver, delivery))

    def _deliver(self, delivery: Delivery, pause: Pause) -> None:
        is_let_past = delivery.fate is not Fate.REORDERED or self._let_others_past(delivery, pause)
        if is_let_past and pause(self._controls.notifications.delay):
            self._first_try(delivery)

    def _let_others_past(self, delivery: Delivery, pause: Pause) -> bool:
        """Hold it until later ones have arrived, or for so long; false when it has to stop."""
        with self._lock:
            self._waiting.append(delivery)
        deadline = time.monotonic() + HELD_AT_MOST
        goes_on = True
        while goes_on and delivery.overtaken_by < OVERTAKEN_BY and time.monotonic() < deadline:
            goes_on = pause(0.02)
        with self._lock:
            self._waiting.remove(delivery)
        return goes_on

    def _first_try(self, delivery: Delivery) -> None:
        copies = self._controls.notifications.duplicate + (delivery.fate is Fate.DUPLICATED)
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
                for each in self._waiting:
                    each.overtaken_by += each.number < delivery.number
            has_met_its_fate = is_accepted and delivery.has_met_its_fate
        if has_met_its_fate:
            self._fates.note_happened(_name(notification), delivery.fate)
        if is_accepted and notification.on_taken is not None:
            notification.on_taken()
        return is_accepted


def _name(notification: Notification) -> str:
    return notification.name or notification.event_id
