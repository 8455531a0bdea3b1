"""What the emulator has been told to do wrong. Told nothing, it behaves."""

import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from joanie.emulators.kit.fields import Fields
from joanie.emulators.kit.shares import Shares

FAULT_MODES = ("status", "html", "timeout_before", "timeout_after", "reset", "reset_after", "lie")
ANY_OPERATION = "*"
LONGER_THAN_CLIENTS_WAIT = 30.0

# How a provider's own instruction is read from the control API's JSON, with its default.
InstructionReader = Callable[[Fields], Any]


@dataclass(frozen=True)
class NotificationInstructions:
    duplicate: int
    delay: float
    reorder: bool
    hold: bool
    drop: bool | int
    shares: Shares

    @classmethod
    def read(cls, fields: Fields) -> "NotificationInstructions":
        return cls(
            duplicate=fields.integer("duplicate", default=0, maximum=50),
            delay=fields.seconds("delay", default=0),
            reorder=fields.flag("reorder"),
            hold=fields.flag("hold"),
            drop=fields.flag_or_count("drop"),
            shares=Shares.read(fields.fields("shares", allowed=Shares.__annotations__)),
        )


@dataclass
class Fault:
    operation: str
    mode: str
    status: int
    seconds: float
    times: int | None
    overrides: Mapping[str, Any]

    @classmethod
    def read(cls, fields: Fields, operations: Collection[str]) -> "Fault":
        mode = fields.choice("mode", FAULT_MODES)
        return cls(
            operation=fields.choice("operation", [*sorted(operations), ANY_OPERATION]),
            mode=mode,
            status=fields.integer(
                "status", default=200 if mode == "html" else 500, minimum=200, maximum=599
            ),
            seconds=fields.seconds("seconds", default=LONGER_THAN_CLIENTS_WAIT),
            times=fields.integer("times", minimum=1) if "times" in fields else None,
            overrides=fields.mapping("overrides"),
        )

    def applies_to(self, operation: str) -> bool:
        return self.operation in {operation, ANY_OPERATION} and self.times != 0


class Controls:
    """The instructions in force. ``own`` reads those that only one provider has."""

    def __init__(self, own: Mapping[str, InstructionReader]) -> None:
        self._lock = threading.Lock()
        self._readers = dict(own)
        self.reset()

    def reset(self) -> None:
        self.replace({}, operations=())

    def replace(self, data: object, *, operations: Collection[str]) -> None:
        """Read new instructions; when one of them is wrong, those in force stay as they are."""
        fields = Fields(data, allowed={"notifications", "api", *self._readers})
        notifications = NotificationInstructions.read(
            fields.fields("notifications", allowed=NotificationInstructions.__annotations__)
        )
        api = fields.fields("api", allowed={"fail"})
        faults = [
            Fault.read(fault, operations)
            for fault in api.items("fail", allowed=Fault.__annotations__)
        ]
        own = {name: read(fields) for name, read in self._readers.items()}
        with self._lock:
            self.notifications = notifications
            self._faults = faults
            self._own = own
            self._drops_left = notifications.drop

    def own(self, name: str) -> Any:
        return self._own[name]

    def take_fault(self, operation: str) -> Fault | None:
        """Find the first fault meant for this call, and count it down."""
        with self._lock:
            fault = next((each for each in self._faults if each.applies_to(operation)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
            return fault

    def take_drop(self) -> bool:
        with self._lock:
            if self._drops_left is True:
                return True
            dropped = self._drops_left > 0
            self._drops_left = max(0, self._drops_left - 1)
            return dropped

    def as_json(self) -> dict[str, Any]:
        with self._lock:
            notifications = {**asdict(self.notifications), "drop": self._drops_left}
            faults = [asdict(fault) for fault in self._faults]
            return {"notifications": notifications, "api": {"fail": faults}, **self._own}
