"""The provider's own back office: what a merchant's staff would do there by hand."""

from http import HTTPStatus

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer import disputes, payments, refunds
from joanie.emulators.kit.acquirer.cards import Outcome
from joanie.emulators.kit.acquirer.control_api import do_action
from joanie.emulators.kit.acquirer.current import current_provider, current_state
from joanie.emulators.kit.acquirer.status import DisputeStatus, PaymentStatus, RefundStatus
from joanie.emulators.kit.emulator import current_emulator
from joanie.emulators.kit.errors import ApiError, NotFoundError
from joanie.emulators.kit.fields import Fields

LATEST_NOTIFICATIONS = 20

blueprint = Blueprint("dashboard", __name__)


@blueprint.errorhandler(ApiError)
def show_refusal(error: ApiError) -> ResponseReturnValue:
    page = render_template("emulator/error.html", title="Not possible", message=str(error))
    return page, error.status


@blueprint.get("/")
def show_dashboard() -> ResponseReturnValue:
    return render_template(
        "acquirer/dashboard.html",
        provider=current_provider(),
        state=current_state(),
        notifications=current_emulator().deliveries.log()[: -LATEST_NOTIFICATIONS - 1 : -1],
    )


@blueprint.post("/dashboard/payments/<payment_id>/refund")
def refund(payment_id: str) -> ResponseReturnValue:
    refunds.refund_payment(
        current_state(),
        payment_id,
        amount=_read_amount(),
        reference=None,
        status=RefundStatus.SUCCEEDED,
    )
    return _back_to(payment_id)


@blueprint.post("/dashboard/payments/<payment_id>/expire")
def expire(payment_id: str) -> ResponseReturnValue:
    payments.expire_payment(current_state(), payment_id)
    return _back_to(payment_id)


@blueprint.post("/dashboard/payments/<payment_id>/complete")
def complete(payment_id: str) -> ResponseReturnValue:
    form = Fields(request.form.to_dict())
    status = PaymentStatus(form.choice("status", [PaymentStatus.SUCCEEDED, PaymentStatus.FAILED]))
    code = "declined" if status is PaymentStatus.FAILED else None
    payments.complete_payment(current_state(), payment_id, Outcome(status, code))
    return _back_to(payment_id)


@blueprint.post("/dashboard/refunds/<refund_id>/settle")
def settle_refund(refund_id: str) -> ResponseReturnValue:
    form = Fields(request.form.to_dict())
    status = RefundStatus(form.choice("status", [RefundStatus.SUCCEEDED, RefundStatus.FAILED]))
    settled = refunds.settle_refund(current_state(), refund_id, status)
    return _back_to(settled.payment)


@blueprint.post("/dashboard/payments/<payment_id>/dispute")
def dispute(payment_id: str) -> ResponseReturnValue:
    disputes.open_dispute(current_state(), payment_id, _read_amount())
    return _back_to(payment_id)


@blueprint.post("/dashboard/disputes/<dispute_id>/settle")
def settle_dispute(dispute_id: str) -> ResponseReturnValue:
    form = Fields(request.form.to_dict())
    status = DisputeStatus(form.choice("status", [DisputeStatus.WON, DisputeStatus.LOST]))
    settled = disputes.settle_dispute(current_state(), dispute_id, status)
    return _back_to(settled.payment)


@blueprint.post("/dashboard/payments/<payment_id>/act")
def act(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    do_action(payment, Fields(request.form.to_dict()))
    return _back_to(payment.id)


@blueprint.post("/dashboard/accounts/<int:number>/endpoint")
def set_endpoint(number: int) -> ResponseReturnValue:
    try:
        account = current_state().accounts.numbered(number)
    except LookupError as error:
        raise NotFoundError("account") from error
    current_state().keep_endpoint(Fields(request.form.to_dict()).loopback_url("url"), account)
    return redirect(url_for("dashboard.show_dashboard"), HTTPStatus.SEE_OTHER)


def _read_amount() -> int:
    digits = request.form.get("amount", "")
    amount = int(digits) if digits.isascii() and digits.isdigit() else digits
    return Fields({"amount": amount}).integer("amount", minimum=1)


def _back_to(payment_id: str) -> ResponseReturnValue:
    where = url_for("dashboard.show_dashboard", _anchor=payment_id)
    return redirect(where, HTTPStatus.SEE_OTHER)
