"""Many purchases at once, each from one step to the next, until the shop shows that it is done."""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from joanie.core.enums import OrderState
from joanie.demo.exceptions import DemoFailed, UnexpectedAnswer
from joanie.demo.replay.clerk import Clerk, KeyInUse, NotNow
from joanie.demo.replay.plan import Purchase
from joanie.demo.replay.sight import Seen, look
from joanie.demo.replay.steps import Step, next_step

THREADS = 8
# Under way at once: while notifications are on their way, the threads take up others.
IN_HAND = 4 * THREADS
# Seconds: between two looks at the shop; until a step without effect is repeated; until one that
# was put off is; until a purchase that does not get any further is given up.
LOOK_EVERY = 0.1
REPEAT_AFTER = 10.0
PAUSE = 1.0
PATIENCE = 120.0
# Seconds after which a hasty run leaves a purchase without answer to reconciliation.
LETS_GO_AFTER = 10.0
MOST_GIVEN_UP = 20


@dataclass
class InHand:
    """A purchase under way. ``since`` is when its order last changed its state.

    ``asked_at`` is when what is waited for was first asked for.
    """

    purchase: Purchase
    seen: Seen | None = None
    since: float = field(default_factory=time.monotonic)
    not_before: float = 0
    asked_at: float | None = None
    tries: int = 0
    trouble: str = ""
    call: Future[None] | None = None

    def see(self, seen: Seen | None, now: float) -> None:
        before, self.seen = self.seen, seen
        if _state(seen) == _state(before):
            return
        self.since = now
        # The notification has come: what it was waited for can follow at once.
        if _state(seen) == OrderState.VALIDATED:
            self.not_before, self.asked_at = 0, None


class Engine:
    """``check`` raises when going on is pointless; ``advance`` is told of each purchase done.

    When it ``is_hasty``, a purchase that has no answer for ``LETS_GO_AFTER`` is let go: neither
    done nor given up.
    """

    def __init__(
        self,
        clerk: Clerk,
        *,
        check: Callable[[], None],
        advance: Callable[[], None],
        is_hasty: bool = False,
    ) -> None:
        self._clerk = clerk
        self._is_hasty = is_hasty
        self._check = check
        self._advance = advance
        self._given_up: dict[Purchase, str] = {}
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="replay")

    def run(self, purchases: Sequence[Purchase]) -> Mapping[Purchase, str]:
        """Return those that were given up, and why. Raises DemoFailed when they are many."""
        waiting = deque(purchases)
        in_hand: list[InHand] = []
        try:
            while waiting or in_hand:
                self._check()
                while waiting and len(in_hand) < IN_HAND:
                    in_hand.append(InHand(waiting.popleft()))
                self._look_after([each for each in in_hand if not _is_calling(each)])
                in_hand = [each for each in in_hand if not self._is_over(each)]
                self._pause(in_hand)
        finally:
            self._pool.shutdown(cancel_futures=True)
        return self._given_up

    def _look_after(self, idle: Sequence[InHand]) -> None:
        found = look([each.purchase for each in idle])
        now = time.monotonic()
        for each in idle:
            _take_result(each, now, self._give_up)
            each.see(found.get(each.purchase.name), now)
            step = next_step(each.purchase, each.seen)
            if step is not None:
                self._go_on(each, step, now)

    def _go_on(self, each: InHand, step: Step, now: float) -> None:
        if now - each.since > PATIENCE:
            state = _state(each.seen) or "not there"
            self._give_up(each, f"{state} after {PATIENCE:.0f} seconds. {each.trouble}".strip())
        elif now >= each.not_before and each.purchase not in self._given_up:
            take = self._clerk.take
            each.call = self._pool.submit(take, step, each.purchase, each.seen, each.tries)

    def _give_up(self, each: InHand, why: str) -> None:
        self._given_up[each.purchase] = why
        if len(self._given_up) >= MOST_GIVEN_UP:
            raise DemoFailed("\n".join(f"{who}: {what}" for who, what in self._given_up.items()))

    def _is_over(self, each: InHand) -> bool:
        if _is_calling(each):
            return False
        is_left_alone = next_step(each.purchase, each.seen) is None or self._is_let_go(each)
        if is_left_alone:
            self._advance()
        return is_left_alone or each.purchase in self._given_up

    def _is_let_go(self, each: InHand) -> bool:
        if not self._is_hasty or each.asked_at is None:
            return False
        return time.monotonic() - each.asked_at > LETS_GO_AFTER

    def _pause(self, in_hand: Sequence[InHand]) -> None:
        calls = [each.call for each in in_hand if each.call and not each.call.done()]
        started = time.monotonic()
        wait(calls, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
        time.sleep(max(0, LOOK_EVERY / 2 - (time.monotonic() - started)))


def _state(seen: Seen | None) -> str:
    return seen.state if seen else ""


def _is_calling(each: InHand) -> bool:
    return each.call is not None and not each.call.done()


def _take_result(each: InHand, now: float, give_up: Callable[[InHand, str], None]) -> None:
    """Read how the last call ended."""
    if each.call is None:
        return
    error, each.call = each.call.exception(), None
    each.not_before = now + REPEAT_AFTER
    if error is None and each.asked_at is None:
        each.asked_at = now
    if isinstance(error, NotNow):
        each.trouble = str(error)
        each.not_before = now + PAUSE
        each.tries += isinstance(error, KeyInUse)
    elif isinstance(error, UnexpectedAnswer):
        give_up(each, str(error))
    elif error is not None:
        raise error
