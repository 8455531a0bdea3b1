"""VAT contained in a gross price."""

from decimal import Decimal

from joanie.common.money import Money, round_to_minor_unit


def contained_vat(gross: Money, rate: Decimal) -> Money:
    """Return the VAT in ``gross`` at ``rate`` percent: gross minus net, net rounded half-up.

    120.00 EUR at 20 % contain 20.00; 1000 JPY at 10 % contain 91.
    """
    net = round_to_minor_unit(Money(gross.amount / (1 + rate / 100), gross.currency))
    return gross - net
