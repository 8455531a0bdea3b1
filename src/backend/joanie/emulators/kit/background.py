import threading
from collections.abc import Callable

Pause = Callable[[float], bool]


class Background:
    """Threads that stop when the emulator closes, and when its state is forgotten.

    A piece of work is given ``pause(seconds)``, which is false when it has to stop.
    """

    def __init__(self) -> None:
        self._interrupted = threading.Event()
        self._changed = threading.Condition()
        self._threads: set[threading.Thread] = set()
        self._is_closed = False

    def start(self, work: Callable[[Pause], None]) -> None:
        """Do the work in a thread of its own; once closed, do nothing."""
        interrupted = self._interrupted

        def pause(seconds: float) -> bool:
            return not interrupted.wait(seconds)

        def run() -> None:
            try:
                work(pause)
            finally:
                with self._changed:
                    self._threads.discard(thread)
                    self._changed.notify_all()

        thread = threading.Thread(target=run, name="emulator-background", daemon=True)
        with self._changed:
            if self._is_closed:
                return
            self._threads.add(thread)
        thread.start()

    def pause(self, seconds: float) -> bool:
        """Wait in the caller's own thread; false when it has to stop."""
        return not self._interrupted.wait(seconds)

    def wait_until_idle(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._threads, seconds)

    def interrupt(self) -> None:
        """Tell all work so far to stop at its next pause. Work started from now on runs."""
        self._interrupted.set()
        self._interrupted = threading.Event()

    def close(self, patience: float) -> None:
        with self._changed:
            self._is_closed = True
        self.interrupt()
        self.wait_until_idle(patience)
