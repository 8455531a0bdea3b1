"""What an order's documents and transactions add up to."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from django.db import connection

from joanie.core.models import Order
from joanie.payment.enums import InvoiceState

# Every booking reads it, and Django takes longer to write it than PostgreSQL to answer.
_SUMS = """
    SELECT COALESCE(SUM(invoice.total) FILTER (WHERE invoice.parent_id IS NULL), 0),
           COALESCE(SUM(invoice.total) FILTER (WHERE invoice.parent_id IS NOT NULL), 0),
           COALESCE(SUM(lines.moved), 0),
           COALESCE(SUM(invoice.vat_amount), 0)
    FROM joanie_payment_proformainvoice AS invoice
    CROSS JOIN LATERAL (
        SELECT SUM(line.total) AS moved
        FROM joanie_payment_transaction AS line
        WHERE line.proforma_invoice_id = invoice.id AND NOT line.is_suspense
    ) AS lines
    WHERE invoice.order_id = %s
"""


@dataclass(frozen=True)
class Balance:
    """Amounts in the order's currency, major units; suspense is left out.

    ``invoiced``: the pro forma invoice. ``corrected``: its children, negative when credited.
    ``moved``: all transactions. ``vat``: what the documents say of it; a sum of money is the same
    sum whatever it says of VAT, so it is not compared.
    """

    invoiced: Decimal
    corrected: Decimal
    moved: Decimal
    vat: Decimal = field(default=Decimal(0), compare=False)

    @classmethod
    def of(cls, order: Order) -> Self:
        """Read it: one query."""
        with connection.cursor() as cursor:
            cursor.execute(_SUMS, [order.pk])
            return cls(*cursor.fetchone())

    @property
    def due(self) -> Decimal:
        """What the documents ask for, credit notes deducted."""
        return self.invoiced + self.corrected

    @property
    def is_settled(self) -> bool:
        """Say whether the money covers what the documents ask for.

        Nothing is always covered, even when more went back than came.
        """
        return self.due <= max(self.moved, Decimal(0))

    @property
    def excess(self) -> Decimal:
        """Money above what the documents ask for, never negative."""
        return max(self.moved - self.due, Decimal(0))

    def credited_by(self, amount: Decimal) -> Decimal:
        """Return how much of the documents goes when ``amount`` goes back.

        An excess goes first, and credits nothing. Nothing is credited before everything had come,
        and no more than is still asked for.
        """
        if not self.is_settled:
            return Decimal(0)
        return min(max(amount - self.excess, Decimal(0)), self.due)

    @property
    def state(self) -> InvoiceState:
        """What the pro forma invoice's state has to be."""
        if not self.is_settled:
            return InvoiceState.UNPAID
        if self.corrected == 0:
            return InvoiceState.PAID
        return InvoiceState.PARTIALLY_REFUNDED if self.due > 0 else InvoiceState.REFUNDED
