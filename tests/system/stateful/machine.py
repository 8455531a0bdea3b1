"""Everything that anybody can do, in any order. What must be true is checked after each step."""

from hypothesis.stateful import invariant
from tests.system.stateful.bank import Bank
from tests.system.stateful.hours import Hours
from tests.system.stateful.learners import Learners
from tests.system.stateful.staff import Staff
from tests.system.stateful.the_end import (
    bring_to_an_end,
    check_books_of_both,
    check_nothing_is_left,
)


class MoneyMachine(Learners, Staff, Bank, Hours):
    """Learners, staff, a provider, a worker and a clock, one after the other."""

    @invariant()
    def everything_adds_up(self) -> None:
        with self.failing_for_good():
            self.world.post.collect()
            self.books.check()
            assert self.world.complaints == []

    def teardown(self) -> None:
        try:
            if not self.has_failed:
                self.end()
        finally:
            self.world.end()

    def end(self) -> None:
        bring_to_an_end(self.world, self.books)
        check_books_of_both(self.world, self.books)
        check_nothing_is_left(self.books)
        assert self.world.complaints == []
