"""What staff can do to an order."""

import uuid
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from joanie.common.money import InvalidAmount, Money, parse_money, round_to_minor_unit
from joanie.core.admin.buttons import Button, ReasonForm, Text, write_to_history
from joanie.core.models import Order
from joanie.payment.models import Payment, Refund
from joanie.payment.reads.display import show_money
from joanie.payment.reads.refundable import refundable_payments
from joanie.payment.services.cancellation import cancel_order, is_cancelable
from joanie.payment.services.refunds import refund_payment


class CancelOrder(Button):
    name = "cancel"
    label = _("Cancel the order")
    permission = "joanie_core.cancel_order"
    form_class = ReasonForm

    def is_offered(self, row: Order) -> bool:
        return is_cancelable(row)

    def explain(self, row: Order) -> Text:
        if row.is_free:
            return _("The learner loses the access that this order gives.")
        return _(
            "What is open at the payment provider is aborted. Money that comes all the same goes"
            " back by itself."
        )

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        if cancel_order(row):
            reason = {"reason": form.cleaned_data["reason"]}
            write_to_history(request, row, gettext("Canceled: %(reason)s") % reason)
        return _("The order is canceled.")


class RefundForm(ReasonForm):
    """Sent twice it asks once: ``refund_id`` is made with the form and becomes the refund's."""

    refund_id = forms.UUIDField(widget=forms.HiddenInput)
    payment = forms.ChoiceField(label=_("Payment"), widget=forms.RadioSelect)
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        help_text=_("In the payment's currency. All that is left when empty."),
    )
    field_order = ("refund_id", "payment", "amount", "reason")

    def __init__(self, order: Order, data: Any = None) -> None:
        self.left = {
            str(payment.pk): (payment, money) for payment, money in refundable_payments(order)
        }
        super().__init__(data, initial={"refund_id": uuid.uuid4(), **self._defaults()})
        choices: Any = self.fields["payment"]
        choices.choices = [
            (key, self._describe(payment, money)) for key, (payment, money) in self.left.items()
        ]
        self.fields["reason"].help_text = _("Printed on the credit note.")

    def clean(self) -> None:
        super().clean()
        chosen = self.left.get(self.cleaned_data.get("payment", ""))
        if chosen is None or "amount" not in self.cleaned_data:
            return
        payment, left = chosen
        amount = self.cleaned_data["amount"]
        try:
            money = left if amount is None else parse_money(amount, left.currency)
        except InvalidAmount:
            self.add_error("amount", _("This currency has no such amount."))
            return
        if money.amount <= 0:
            self.add_error("amount", _("Enter an amount above zero."))
        elif money.amount > left.amount:
            limit = {"amount": show_money(left)}
            self.add_error("amount", gettext("Give back %(amount)s at most.") % limit)
        self.cleaned_data.update(payment=payment, money=money)

    def _defaults(self) -> dict[str, Any]:
        """Choose the only payment there is, and all of it."""
        if len(self.left) != 1:
            return {}
        ((key, (_payment, money)),) = self.left.items()
        return {"payment": key, "amount": round_to_minor_unit(money).amount}

    def _describe(self, payment: Payment, money: Money) -> str:
        return gettext("%(backend)s %(reference)s: %(amount)s left") % {
            "backend": payment.backend,
            "reference": payment.provider_reference,
            "amount": show_money(money),
        }


class RefundOrder(Button):
    name = "refund"
    label = _("Give money back")
    permission = "joanie_core.refund_order"

    def is_offered(self, row: Order) -> bool:
        return bool(refundable_payments(row))

    def explain(self, row: Order) -> Text:
        if not self.is_offered(row):
            return _(
                "Nothing of this order can be given back from here: nothing is left, or its"
                " provider refunds from its dashboard alone."
            )
        return _(
            "The provider is asked to give the money back; a credit note is issued when it"
            " confirms. When everything is given back the learner loses access."
        )

    def make_form(self, row: Any, data: Any = None) -> forms.Form:
        return RefundForm(row, data)

    def find_outcome(self, row: Any, data: Any) -> Text | None:
        """Nothing may be left when the same form comes again: it is not an error."""
        try:
            refund_id = uuid.UUID(data.get("refund_id", ""))
        except ValueError:
            return None
        asked = Refund.objects.filter(pk=refund_id, payment__order=row.pk).first()
        is_same = asked is not None and _asks_for(asked, data)
        return _("This refund was asked for already.") if is_same else None

    def press(self, request: HttpRequest, row: Any, form: forms.Form) -> Text:
        values = form.cleaned_data
        staff: Any = request.user
        with transaction.atomic():
            refund = refund_payment(
                payment=values["payment"],
                amount=values["money"],
                reason=values["reason"],
                requested_by=staff,
                refund_id=values["refund_id"],
            )
            # The order is locked by now: whoever sent the same form first has written this.
            told = LogEntry.objects.filter(
                object_id=str(row.pk), change_message__contains=str(refund.pk)
            )
            if not told.exists():
                asked = {
                    "amount": show_money(refund.amount),
                    "reason": refund.reason,
                    "id": refund.pk,
                }
                text = gettext("Refund of %(amount)s asked for: %(reason)s (%(id)s)") % asked
                write_to_history(request, row, text)
        return _("The refund is asked for. The worker tells the provider.")


def _asks_for(refund: Refund, data: Any) -> bool:
    """Say whether a form that was sent again asks for the same; without an amount it does."""
    try:
        is_same_amount = (
            Decimal(data.get("amount") or refund.amount.amount) == refund.amount.amount
        )
    except InvalidOperation:
        return False
    return is_same_amount and data.get("payment") == str(refund.payment_id)
