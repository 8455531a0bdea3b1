"""The provider's own books, read from its memory, and ours beside them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from joanie.common.money import Money, from_minor_units
from joanie.demo.exceptions import DemoFailed
from joanie.emulators.kit.acquirer.state import PAYMENT
from joanie.emulators.kit.acquirer.state_file import FATE, StateFile
from joanie.payment.enums import PaymentState, RefundState
from joanie.payment.models import Payment, Refund, Transaction

SUCCEEDED = "succeeded"


@dataclass(frozen=True)
class Books:
    """What succeeded, by the provider's reference: payments, and refunds with their payment."""

    payments: Mapping[str, Money]
    refunds: Mapping[str, tuple[str, Money]]

    @property
    def paid(self) -> Mapping[str, Decimal]:
        return _sum_by_currency(self.payments.values())

    @property
    def given_back(self) -> Mapping[str, Decimal]:
        return _sum_by_currency(amount for _, amount in self.refunds.values())


@dataclass(frozen=True)
class FaultsMet:
    """What the provider did to its notifications.

    How many were to meet each fate, and how many did; what was never told, with its reference.
    """

    decided: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    dropped: Sequence[tuple[str, str]] = ()

    @property
    def dropped_payments(self) -> list[str]:
        return [reference for what, reference in self.dropped if what.startswith("payment.")]

    @property
    def dropped_refunds(self) -> list[str]:
        return [reference for what, reference in self.dropped if what.startswith("refund.")]


def read_provider_books(file: Path) -> tuple[Books, FaultsMet]:
    """Read what the emulator remembers. Raises DemoFailed when there is nothing to read."""
    if not file.exists():
        raise DemoFailed(f"{file}, the provider's memory, is not there.")
    memory = StateFile(file)
    try:
        records = [record for _, record in memory.read(PAYMENT)]
        fates = list(memory.read(FATE))
    finally:
        memory.close()
    payments, refunds = {}, {}
    for record in records:
        if record["status"] == SUCCEEDED:
            payments[record["id"]] = from_minor_units(record["amount"], record["currency"])
        for refund in record["refunds"]:
            if refund["status"] == SUCCEEDED:
                amount = from_minor_units(refund["amount"], refund["currency"])
                refunds[refund["id"]] = (record["id"], amount)
    return Books(payments, refunds), FaultsMet(
        decided=Counter(met["fate"] for _, met in fates),
        happened=Counter(met["fate"] for _, met in fates if met["has_happened"]),
        dropped=[_split(name) for name, met in fates if met["fate"] == "dropped"],
    )


def read_our_books() -> Books:
    """Read the payments and refunds that have succeeded here."""
    payments = Payment.objects.filter(state=PaymentState.SUCCEEDED)
    refunds = Refund.objects.filter(state=RefundState.SUCCEEDED)
    return Books(
        {
            reference: Money(amount, currency)
            for reference, amount, currency in payments.values_list(
                "provider_reference", "amount", "amount_currency"
            )
        },
        {
            reference: (payment, Money(amount, currency))
            for reference, payment, amount, currency in refunds.values_list(
                "provider_reference", "payment__provider_reference", "amount", "amount_currency"
            )
        },
    )


def read_ledger() -> Books:
    """Read the lines of the ledger: money that came, and money that went back."""
    lines = Transaction.objects.values_list(
        "reference", "payment__provider_reference", "total", "total_currency"
    )
    return Books(
        {line[0]: Money(line[2], line[3]) for line in lines if line[2] > 0},
        {line[0]: (line[1], Money(-line[2], line[3])) for line in lines if line[2] < 0},
    )


def differences_of(
    what: str, theirs: Mapping[str, object], ours: Mapping[str, object]
) -> list[str]:
    """Compare both ways, reference by reference."""
    return [
        f"{what} {reference}: {theirs.get(reference, 'nothing')} at the provider, "
        f"{ours.get(reference, 'nothing')} here"
        for reference in sorted(theirs.keys() | ours.keys())
        if theirs.get(reference) != ours.get(reference)
    ]


def _split(name: str) -> tuple[str, str]:
    what, _, reference = name.partition(" ")
    return what, reference


def _sum_by_currency(amounts: Iterable[Money]) -> Mapping[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for amount in amounts:
        currency = str(amount.currency)
        sums[currency] = sums.get(currency, Decimal(0)) + amount.amount
    return sums
