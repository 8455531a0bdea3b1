"""Learners, staff, a provider, a worker and a clock do anything, in any order, and may die of it.

``JOANIE_STATEFUL_EXAMPLES`` says how many stories are told in all; new ones each time.
"""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from tests.system.stateful.machine import MoneyMachine
from tests.system.stateful.world import World

EXAMPLES = int(os.environ.get("JOANIE_STATEFUL_EXAMPLES", "200"))
STEPS = 30
# So that several processes can share the work.
PARTS = 4


@pytest.mark.parametrize("part", range(1, PARTS + 1))
def test_money_moves_exactly_once_whatever_happens(world: World, part: int) -> None:
    run_state_machine_as_test(
        lambda: MoneyMachine(world),
        settings=settings(
            max_examples=max(1, EXAMPLES // PARTS),
            stateful_step_count=STEPS,
            # Hypothesis tells the same stories each time where CI is set.
            derandomize=False,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
