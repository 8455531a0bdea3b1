"""The hosted pages: plain forms, no script, so that a program can fill them in too."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from joanie.emulators.kit.acquirer import payments, vault
from joanie.emulators.kit.acquirer.cards import TestCard
from joanie.emulators.kit.acquirer.current import current_provider, current_state
from joanie.emulators.kit.acquirer.languages import DEFAULT_LANGUAGE, LANGUAGES, known_language
from joanie.emulators.kit.acquirer.provider import Provider
from joanie.emulators.kit.acquirer.records import CardSetup, Page, Payment
from joanie.emulators.kit.acquirer.status import PaymentStatus, SetupStatus
from joanie.emulators.kit.errors import ApiError, NotFoundError


def make_pages(provider: Provider) -> Blueprint:
    """Make the pages that the provider has, where it has them."""
    blueprint = Blueprint("pages", __name__, template_folder="templates")
    blueprint.register_error_handler(NotFoundError, show_unknown)
    blueprint.register_error_handler(ApiError, show_refusal)
    if provider.payment_path:
        challenge_path = f"{provider.payment_path}/challenge"
        blueprint.get(provider.payment_path)(show_payment)
        blueprint.post(provider.payment_path)(pay)
        blueprint.get(challenge_path)(show_challenge)
        blueprint.post(challenge_path)(answer_challenge)
    if provider.setup_path:
        blueprint.get(provider.setup_path)(show_setup)
        blueprint.post(provider.setup_path)(set_up_card)
    return blueprint


def show_payment(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_PAYMENT:
        return _closed_payment_page(payment, HTTPStatus.OK)
    return _payment_form(payment, HTTPStatus.OK)


def pay(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_PAYMENT:
        return _closed_payment_page(payment, HTTPStatus.CONFLICT)
    if _has_pressed("cancel"):
        if current_provider().cancel_button_cancels:
            payments.cancel_payment(current_state(), payment_id)
        return _send_to(payment.page.cancel_url)
    test_card = chosen_card()
    if test_card is None:
        return _payment_form(payment, HTTPStatus.BAD_REQUEST)
    is_asked = current_provider().may_choose_to_save(payment)
    saves = "save_card" in request.form if is_asked else payment.saves_card
    payment = payments.pay_on_page(current_state(), payment_id, test_card, saves=saves)
    return _go_on(payment)


def show_challenge(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_ACTION:
        return _closed_payment_page(payment, HTTPStatus.OK)
    return show_page("acquirer/challenge.html", payment.page, HTTPStatus.OK, payment=payment)


def answer_challenge(payment_id: str) -> ResponseReturnValue:
    payment = current_state().payment(payment_id)
    if payment.status is not PaymentStatus.REQUIRES_ACTION:
        return _closed_payment_page(payment, HTTPStatus.CONFLICT)
    is_confirmed = _has_pressed("confirm")
    state = current_state()
    return _go_on(payments.answer_challenge(state, payment_id, is_confirmed=is_confirmed))


def show_setup(setup_id: str) -> ResponseReturnValue:
    setup = current_state().setup(setup_id)
    if setup.status is not SetupStatus.REQUIRES_CARD:
        return _closed_setup_page(setup, HTTPStatus.OK)
    return _setup_form(setup, HTTPStatus.OK)


def set_up_card(setup_id: str) -> ResponseReturnValue:
    setup = current_state().setup(setup_id)
    if setup.status is not SetupStatus.REQUIRES_CARD:
        return _closed_setup_page(setup, HTTPStatus.CONFLICT)
    if _has_pressed("cancel"):
        vault.cancel_setup(current_state(), setup_id)
        return _send_to(setup.page.cancel_url)
    test_card = chosen_card()
    if test_card is None:
        return _setup_form(setup, HTTPStatus.BAD_REQUEST)
    vault.set_up_card(current_state(), setup_id, test_card)
    return _send_to(setup.page.return_url)


def show_unknown(error: NotFoundError) -> ResponseReturnValue:
    language = request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE)
    words = current_provider().words(language)
    return _error_page(words["unknown_title"], words["unknown"], error.status)


def show_refusal(error: ApiError) -> ResponseReturnValue:
    """Tell whoever came second, when two browsers answered the same page at once."""
    return _error_page("Too late", str(error), error.status)


def chosen_card() -> TestCard | None:
    """Read which test card the form says, by its id."""
    return current_provider().test_cards.get(request.form.get("card", ""))


def show_page(
    template: str, page: Page, status: HTTPStatus = HTTPStatus.OK, **context: Any
) -> ResponseReturnValue:
    """Show a page to the learner; with a 400, one that asks for a card again."""
    language = request.args.get("language", page.language)
    if language not in LANGUAGES:
        language = known_language(page.language)
    provider = current_provider()
    html = render_template(
        template,
        page=page,
        provider=provider,
        cards=provider.test_cards.values(),
        language=language,
        other_language="en" if language == "fr" else "fr",
        words=provider.words(language),
        needs_card=status is HTTPStatus.BAD_REQUEST,
        **context,
    )
    return html, status


def _has_pressed(button: str) -> bool:
    return request.form.get("action") == button


def _send_to(url: str) -> ResponseReturnValue:
    return redirect(url, HTTPStatus.SEE_OTHER)


def _go_on(payment: Payment) -> ResponseReturnValue:
    """Send the learner to what is left to do, else back to the shop."""
    return _send_to(current_provider().url_of(payment) or payment.page.return_url)


def _payment_form(payment: Payment, status: HTTPStatus) -> ResponseReturnValue:
    asks_to_save = current_provider().may_choose_to_save(payment)
    return show_page(
        "acquirer/payment.html", payment.page, status, payment=payment, asks_to_save=asks_to_save
    )


def _setup_form(setup: CardSetup, status: HTTPStatus) -> ResponseReturnValue:
    return show_page("acquirer/setup.html", setup.page, status)


def _closed_payment_page(payment: Payment, status: HTTPStatus) -> ResponseReturnValue:
    url = current_provider().url_of(payment)
    if url:
        return _send_to(url)
    return show_page("acquirer/closed.html", payment.page, status, explanation=payment.status)


def _closed_setup_page(setup: CardSetup, status: HTTPStatus) -> ResponseReturnValue:
    explanation = f"setup_{setup.status}"
    return show_page("acquirer/closed.html", setup.page, status, explanation=explanation)


def _error_page(title: str, message: str, status: HTTPStatus) -> ResponseReturnValue:
    return render_template("emulator/error.html", title=title, message=message), status
