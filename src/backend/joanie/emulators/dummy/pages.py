"""The hosted pages: plain forms, no script, so that a program can fill them in too."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from joanie.emulators.dummy import payments, vault
from joanie.emulators.dummy.api import current_state
from joanie.emulators.dummy.cards import TEST_CARDS, TestCard
from joanie.emulators.dummy.languages import DEFAULT_LANGUAGE, LANGUAGES, TEXTS
from joanie.emulators.dummy.records import CardSetup, Page, Payment
from joanie.emulators.dummy.status import PaymentStatus, SetupStatus
from joanie.emulators.kit.errors import ApiError, NotFoundError

blueprint = Blueprint("pages", __name__)


@blueprint.get("/pay/<payment_id>")
def show_payment(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_PAYMENT:
        return _closed_payment_page(payment, HTTPStatus.OK)
    return _payment_form(payment, HTTPStatus.OK)


@blueprint.post("/pay/<payment_id>")
def pay(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_PAYMENT:
        return _closed_payment_page(payment, HTTPStatus.CONFLICT)
    if _has_pressed("cancel"):
        payments.cancel_payment(current_state(), payment_id)
        return _send_to(payment.page.cancel_url)
    test_card = _chosen_card()
    if test_card is None:
        return _payment_form(payment, HTTPStatus.BAD_REQUEST)
    saves = "save_card" in request.form
    payment = payments.pay_on_page(current_state(), payment_id, test_card, saves=saves)
    return _send_to(payment.url or payment.page.return_url)


@blueprint.get("/pay/<payment_id>/challenge")
def show_challenge(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_ACTION:
        return _closed_payment_page(payment, HTTPStatus.OK)
    return _page("dummy/challenge.html", payment.page, HTTPStatus.OK, payment=payment)


@blueprint.post("/pay/<payment_id>/challenge")
def answer_challenge(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_ACTION:
        return _closed_payment_page(payment, HTTPStatus.CONFLICT)
    is_confirmed = _has_pressed("confirm")
    payments.answer_challenge(current_state(), payment_id, is_confirmed=is_confirmed)
    return _send_to(payment.page.return_url)


@blueprint.get("/setup/<setup_id>")
def show_setup(setup_id: str) -> ResponseReturnValue:
    setup = current_state().setup(setup_id)
    if setup.status is not SetupStatus.REQUIRES_CARD:
        return _closed_setup_page(setup, HTTPStatus.OK)
    return _setup_form(setup, HTTPStatus.OK)


@blueprint.post("/setup/<setup_id>")
def set_up_card(setup_id: str) -> ResponseReturnValue:
    setup = current_state().setup(setup_id)
    if setup.status is not SetupStatus.REQUIRES_CARD:
        return _closed_setup_page(setup, HTTPStatus.CONFLICT)
    if _has_pressed("cancel"):
        vault.cancel_setup(current_state(), setup_id)
        return _send_to(setup.page.cancel_url)
    test_card = _chosen_card()
    if test_card is None:
        return _setup_form(setup, HTTPStatus.BAD_REQUEST)
    vault.set_up_card(current_state(), setup_id, test_card)
    return _send_to(setup.page.return_url)


@blueprint.errorhandler(NotFoundError)
def show_unknown(error: NotFoundError) -> ResponseReturnValue:
    words = TEXTS[request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE)]
    return _error_page(words["unknown_title"], words["unknown"], error.status)


@blueprint.errorhandler(ApiError)
def show_refusal(error: ApiError) -> ResponseReturnValue:
    """Tell whoever came second, when two browsers answered the same page at once."""
    return _error_page("Too late", str(error), error.status)


def _has_pressed(button: str) -> bool:
    return request.form.get("action") == button


def _chosen_card() -> TestCard | None:
    return TEST_CARDS.get(request.form.get("card", ""))


def _send_to(url: str) -> ResponseReturnValue:
    return redirect(url, HTTPStatus.SEE_OTHER)


def _payment_form(payment: Payment, status: HTTPStatus) -> ResponseReturnValue:
    return _page(
        "dummy/payment.html", payment.page, status, payment=payment, cards=TEST_CARDS.values()
    )


def _setup_form(setup: CardSetup, status: HTTPStatus) -> ResponseReturnValue:
    return _page("dummy/setup.html", setup.page, status, cards=TEST_CARDS.values())


def _closed_payment_page(payment: Payment, status: HTTPStatus) -> ResponseReturnValue:
    if payment.url:
        return _send_to(payment.url)
    return _page("dummy/closed.html", payment.page, status, explanation=payment.status)


def _closed_setup_page(setup: CardSetup, status: HTTPStatus) -> ResponseReturnValue:
    return _page("dummy/closed.html", setup.page, status, explanation=f"setup_{setup.status}")


def _page(template: str, page: Page, status: HTTPStatus, **context: Any) -> ResponseReturnValue:
    language = request.args.get("language", page.language)
    if language not in LANGUAGES:
        language = page.language
    html = render_template(
        template,
        page=page,
        language=language,
        other_language="en" if language == "fr" else "fr",
        words=TEXTS[language],
        needs_card=status is HTTPStatus.BAD_REQUEST,
        **context,
    )
    return html, status


def _error_page(title: str, message: str, status: HTTPStatus) -> ResponseReturnValue:
    return render_template("emulator/error.html", title=title, message=message), status
