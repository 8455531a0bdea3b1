"""Every state and every move of the six machines, against tables written here once more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import DatabaseError, models, transaction
from django_fsm import TransitionNotAllowed

from joanie.common.money import Money
from joanie.core.factories import OrderFactory, ProductFactory
from joanie.core.models import Order
from joanie.payment.factories import CreditCardFactory, PaymentFactory, ProformaInvoiceFactory
from joanie.payment.models import (
    CreditCard,
    Payment,
    PaymentNotification,
    ProformaInvoice,
    Refund,
)

# Each line: the states to come from, the transition, the state to go to.
ORDER = """
    pending failed                                      validate            validated
    pending                                             fail                failed
    failed                                              retry               pending
    pending failed                                      cancel              canceled
    validated                                           start_refund        refunding
    refunding                                           abandon_refund      validated
    validated refunding                                 refund              refunded
    refunded                                            reinstate           validated
"""
FREE_ORDER = f"""{ORDER}
    validated                                           cancel              canceled
"""
PAYMENT = """
    created                                             open                pending
    created pending                                     process             processing
    created pending processing failed canceled expired  succeed             succeeded
    created pending processing                          fail                failed
    created pending processing                          cancel              canceled
    created pending processing                          expire              expired
    succeeded                                           reverse             reversed
"""
INVOICE = """
    paid partially_refunded refunded                    become_unpaid       unpaid
    unpaid partially_refunded refunded                  become_paid         paid
    unpaid paid refunded                        become_partially_refunded   partially_refunded
    unpaid paid partially_refunded                      become_refunded     refunded
"""
CARD = """
    active                                              expire              expired
    expired                                             renew               active
    active expired                                      revoke              revoked
    active expired revoked                              start_deletion      deleting
    deleting                                            keep                active
"""
REFUND = """
    requested                                           submit              pending
    requested pending                                   succeed             succeeded
    requested pending succeeded                         fail                failed
"""
NOTIFICATION = """
    received failed dead                                process             processed
    received failed dead                                ignore              ignored
    received                                            fail                failed
    failed                                              park                dead
"""


def _order(state: str) -> Order:
    order: Order = OrderFactory(state=state)
    return order


def _free_order(state: str) -> Order:
    order: Order = OrderFactory(state=state, product=ProductFactory(price=Money(0, "EUR")))
    return order


def _refund(state: str) -> Refund:
    payment = PaymentFactory(state="succeeded")
    return Refund.objects.create(payment=payment, amount=payment.amount, state=state)


def _notification(state: str) -> PaymentNotification:
    return PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", state=state
    )


@dataclass(frozen=True)
class Machine:
    name: str
    model: type[models.Model]
    initial: str
    table: str
    create: Callable[[str], Any]

    def moves(self) -> dict[str, tuple[set[str], str]]:
        moves: dict[str, tuple[set[str], str]] = {}
        for line in filter(str.strip, self.table.splitlines()):
            *sources, name, target = line.split()
            moves.setdefault(name, (set(), target))[0].update(sources)
        return moves

    def states(self) -> list[str]:
        ends = [{*sources, target} for sources, target in self.moves().values()]
        return sorted(set[str]().union(*ends))

    def pairs(self) -> set[tuple[str, str]]:
        moves = self.moves().values()
        return {(source, target) for sources, target in moves for source in sources}


MACHINES = [
    Machine("order", Order, "pending", ORDER, _order),
    Machine("free order", Order, "pending", FREE_ORDER, _free_order),
    Machine("payment", Payment, "created", PAYMENT, lambda state: PaymentFactory(state=state)),
    Machine(
        "invoice",
        ProformaInvoice,
        "unpaid",
        INVOICE,
        lambda state: ProformaInvoiceFactory(state=state),
    ),
    Machine("card", CreditCard, "active", CARD, lambda state: CreditCardFactory(state=state)),
    Machine("refund", Refund, "requested", REFUND, _refund),
    Machine("notification", PaymentNotification, "received", NOTIFICATION, _notification),
]


def _every_state_and_move() -> Iterator[Any]:
    for machine in MACHINES:
        for state in machine.states():
            for move in machine.moves():
                yield pytest.param(machine, state, move, id=f"{machine.name}: {state}, {move}")


def _every_pair() -> Iterator[Any]:
    for machine in MACHINES:
        for source in machine.states():
            for target in machine.states():
                name = f"{machine.name}: {source} to {target}"
                yield pytest.param(machine, source, target, id=name)


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_table_names_every_state_and_every_transition(machine: Machine) -> None:
    field: Any = machine.model._meta.get_field("state")
    assert machine.states() == sorted(value for value, _ in field.choices)
    transitions = {each.name for each in field.get_all_transitions(machine.model)}
    assert transitions == set(machine.moves())
    assert field.default == machine.initial
    assert field.protected


@pytest.mark.parametrize(("machine", "state", "move"), [*_every_state_and_move()])
@pytest.mark.django_db
def test_the_code_makes_the_moves_of_the_table_and_no_other(
    machine: Machine, state: str, move: str
) -> None:
    row = machine.create(state)
    sources, target = machine.moves()[move]
    if state in sources:
        getattr(row, move)()
        row.save()
        assert machine.model._default_manager.get(pk=row.pk).state == target
    else:
        with pytest.raises(TransitionNotAllowed):
            getattr(row, move)()
        assert row.state == state


@pytest.mark.parametrize(("machine", "source", "target"), [*_every_pair()])
@pytest.mark.django_db
def test_the_database_lets_the_moves_of_the_table_pass_and_no_other(
    machine: Machine, source: str, target: str
) -> None:
    rows = machine.model._default_manager.filter(pk=machine.create(source).pk)
    if source == target or (source, target) in machine.pairs():
        assert rows.update(state=target) == 1
    else:
        with pytest.raises(DatabaseError, match="pgtrigger"), transaction.atomic():
            rows.update(state=target)
        assert rows.get().state == source


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
@pytest.mark.django_db
def test_a_state_is_not_assigned(machine: Machine) -> None:
    row = machine.create(machine.initial)
    with pytest.raises(AttributeError):
        row.state = machine.states()[-1]
