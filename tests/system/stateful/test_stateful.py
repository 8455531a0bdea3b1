"""Learners, staff, a provider, a worker and a clock do anything, in any order, and may die of it.

200 stories, the same ones each time: a change is not refused for a fault that was there before it.
``JOANIE_STATEFUL_EXAMPLES`` asks for so many new ones.
"""

import os
import random

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.system.stateful.machine import MoneyMachine
from tests.system.stateful.world import World

NEW = int(os.environ.get("JOANIE_STATEFUL_EXAMPLES", "0"))
EXAMPLES = NEW or 200
STEPS = 30
# So that several processes can share the work.
PARTS = 4


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_money_moves_exactly_once_whatever_happens(world: World, part: int) -> None:
    tell = seed(random.getrandbits(64) if NEW else part)
    run_state_machine_as_test(
        tell(lambda: MoneyMachine(world)),
        settings=settings(
            max_examples=max(1, EXAMPLES // PARTS),
            stateful_step_count=STEPS,
            # Not what Hypothesis does where CI is set: the same stories in each part.
            derandomize=False,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
