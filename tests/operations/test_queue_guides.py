"""Every queue has a worker and an alert in the guides."""

import re

from procrastinate.contrib.django import app
from tests.docs.pages import read_blocks


def queues_of_joanie() -> set[str]:
    """Name those of our own tasks: nothing is put into the one of the queue's own."""
    app.perform_import_paths()
    return {task.queue for name, task in app.tasks.items() if name.startswith("joanie.")}


def find_in_blocks(page: str, pattern: str) -> list[str]:
    return re.findall(pattern, "\n".join(block.code for block in read_blocks(page)))


def test_workers_of_the_guide_take_every_queue() -> None:
    options = find_in_blocks("how-to/grow-past-one-machine.md", r"--queues (\S+)")
    assert {queue for each in options for queue in each.split(",")} == queues_of_joanie()


def test_an_alert_tells_of_each_queue_that_nobody_takes() -> None:
    watched = find_in_blocks(
        "how-to/observe.md", r'joanie_queue_oldest_due_seconds\{queue="(\w+)"\}'
    )
    assert set(watched) == queues_of_joanie()
