"""VAT contained in a gross price."""

from decimal import Decimal

from joanie.common.money import Money, round_to_minor_unit


def contained_vat(gross: Money, rate: Decimal) -> Money:
    """Return the VAT in ``gross`` at ``rate`` percent: gross minus net, net rounded half-up.

    120.00 EUR at 20 % contain 20.00; 1000 JPY at 10 % contain 91.
    """
    net = round_to_minor_unit(Money(gross.amount / (1 + rate / 100), gross.currency))
    return gross - net


def credited_vat(credited: Money, rate: Decimal, *, left: Money, vat_left: Money) -> Money:
    """Return the VAT that a credit note of ``credited`` gives back; both are positive.

    ``left`` and ``vat_left`` are what the documents ask for before it. It is the contained VAT, as
    long as the VAT that stays is between nothing and the amount that stays: the note after which
    nothing is left takes all the VAT there is. Of 16.67 in 100.00, three thirds give back 5.55,
    5.55 and 5.57.
    """
    at_least = vat_left - (left - credited)
    return min(max(contained_vat(credited, rate), at_least), vat_left)
