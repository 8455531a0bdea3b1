"""More money than the order asks for."""

from tests.provider import Provider
from tests.shop import Shop, fresh, last_payment

from joanie.payment.ledger.booking import book_payment
from joanie.payment.services.refunds import refund_unusable_money, submit_refund


def test_an_excess_goes_back_without_a_credit_note(deaf_shop: Shop, provider: Provider) -> None:
    order = deaf_shop.order().order
    payment = last_payment(order)
    provider.settle(
        payment.provider_reference,
        status="succeeded",
        notify=False,
        overrides={"amount": 15000},
    )
    book_payment(
        order_id=order.pk, backend="dummy", reference=payment.provider_reference, amount=150
    )
    assert fresh(payment).flag == "excess"
    (refund,) = refund_unusable_money(order.pk)
    assert str(refund.amount.amount) in {"30", "30.000"}
    assert submit_refund(refund.pk).state == "succeeded"
    assert order.proforma_invoices.count() == 1
    assert fresh(order).state == "validated"
