"""A learner buys over HTTP, pays on the provider's page, and downloads the document."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pytest_django.live_server_helper import LiveServer
from tests.provider import Provider
from tests.system.learner import ADDRESS, Learner, text_of

from joanie.common.money import Money
from joanie.core.factories import CourseFactory, CourseRunFactory, ProductFactory
from joanie.core.models import Product
from joanie.payment.models import Payment

Meet = Callable[..., Learner]


@pytest.fixture
def meet(live_server: LiveServer, provider: Provider) -> Iterator[Meet]:
    """Give the learners who come to the shop."""
    with ExitStack() as doors:

        def come_in(username: str = "grace", language: str = "en") -> Learner:
            learner = Learner(live_server.url, username, language)
            doors.enter_context(learner.http)
            return learner

        yield come_in


@pytest.fixture
def learner(meet: Meet) -> Learner:
    return meet()


def buy(learner: Learner, provider: Provider, product: Product) -> dict[str, object]:
    """Order and pay a product; give the order as it is then."""
    response = learner.order(product)
    assert response.status_code == 201, response.text
    order = response.json()
    assert order["state"] == "pending"
    provider.pay(order["payment_info"]["url"])
    provider.deliver()
    bought: dict[str, object] = learner.read(f"/orders/{order['id']}/")
    assert bought["state"] == "validated"
    return bought


@pytest.mark.parametrize(
    ("price", "total", "printed"),
    [
        (Money("120.00", "EUR"), 120.0, ["€120.00", "€100.00", "€20.00"]),
        (Money(15000, "JPY"), 15000, ["15,000", "12,500", "2,500"]),
        (Money("12.345", "KWD"), 12.345, ["12.345", "10.288", "2.057"]),
    ],
)
def test_a_purchase_in_any_currency_down_to_the_document(
    learner: Learner, provider: Provider, price: Money, total: float, printed: list[str]
) -> None:
    product = ProductFactory(price=price, title="Statistics", vat_rate="20")
    order = buy(learner, provider, product)
    assert (order["total"], order["total_currency"]) == (total, str(price.currency))
    text = text_of(learner.document(order))
    for expected in [
        *printed,
        "Statistics",
        "Last-Ōsaka",
        order["main_proforma_invoice"],
        "4242",
    ]:
        assert expected in text


def test_a_purchase_in_french_is_french_down_to_the_document(
    meet: Meet, provider: Provider
) -> None:
    product = ProductFactory(title="Statistics", title_fr="Statistiques")
    learner = meet(language="fr")
    order = buy(learner, provider, product)
    text = text_of(learner.document(order)).replace("\u202f", " ").replace("\xa0", " ")
    for expected in ("Statistiques", "Facture pro forma", "120,00 €", "TVA"):
        assert expected.lower() in text.lower()


def test_a_free_order_is_validated_at_once_without_a_document(learner: Learner) -> None:
    product = ProductFactory(price=Money(0, "EUR"))
    response = learner.order(product, billing_address=None)
    assert response.status_code == 201, response.text
    order = response.json()
    assert (order["state"], order["total"], order["main_proforma_invoice"]) == (
        "validated",
        0,
        None,
    )
    assert "payment_info" not in order
    answer = learner.http.get(f"/orders/{order['id']}/proforma_invoice/?reference=PF-1")
    assert answer.status_code == 404


def test_a_learner_returns_validated_even_when_the_notification_is_lost(
    learner: Learner, provider: Provider
) -> None:
    provider.instruct(notifications={"drop": True})
    order = learner.order(ProductFactory()).json()
    paid = provider.pay(order["payment_info"]["url"])
    page = learner.http.get(paid.headers["location"])
    assert page.status_code in {200, 303}
    assert learner.read(f"/orders/{order['id']}/")["state"] == "validated"


def test_a_saved_card_pays_in_one_click(learner: Learner, provider: Provider) -> None:
    first = learner.order(ProductFactory(), save_card=True).json()
    provider.pay(first["payment_info"]["url"], save_card=True)
    provider.deliver()
    (card,) = learner.read("/credit-cards/")
    assert (card["last_numbers"], card["is_main"]) == ("4242", True)
    second = learner.order(ProductFactory(), credit_card_id=card["id"])
    assert second.status_code == 201, second.text
    assert second.json()["payment_info"]["is_paid"] is True
    assert second.json()["state"] == "validated"


def test_a_decline_says_why_and_is_retried_on_the_same_order(
    learner: Learner, provider: Provider
) -> None:
    order = learner.order(ProductFactory()).json()
    provider.pay(order["payment_info"]["url"], card="lost_or_stolen")
    provider.deliver()
    failed = learner.read(f"/orders/{order['id']}/")
    assert (failed["state"], failed["payment"]["failure_code"]) == ("failed", "declined")
    again = learner.http.post(
        f"/orders/{order['id']}/payments/", json={"billing_address": ADDRESS}
    )
    assert again.status_code == 201, again.text
    provider.pay(again.json()["payment_info"]["url"])
    provider.deliver()
    assert learner.read(f"/orders/{order['id']}/")["state"] == "validated"


def test_an_abort_cannot_reach_somebody_elses_payment(
    learner: Learner, meet: Meet, provider: Provider
) -> None:
    product = ProductFactory()
    mine = learner.order(product).json()
    theirs = meet("alan").order(product).json()
    reference = theirs["payment_info"]["payment_id"]
    answer = learner.http.post(f"/orders/{mine['id']}/abort/", json={"payment_id": reference})
    assert answer.status_code == 404
    assert provider.payment(reference)["status"] == "requires_payment"
    assert learner.http.post(f"/orders/{theirs['id']}/abort/").status_code == 404
    assert learner.http.post(f"/orders/{mine['id']}/abort/").status_code == 204
    assert provider.payment(reference)["status"] == "requires_payment"


@pytest.mark.parametrize(
    ("mode", "fault", "status", "code"),
    [
        ("status", 500, 503, "payment_provider_unavailable"),
        ("html", 200, 503, "payment_provider_unavailable"),
        ("status", 401, 502, "payment_provider_misconfigured"),
    ],
)
def test_a_provider_that_misbehaves_is_told_apart(
    learner: Learner, provider: Provider, mode: str, fault: int, status: int, code: str
) -> None:
    provider.fail("create_payment", mode, status=fault)
    response = learner.order(ProductFactory())
    assert (response.status_code, response.json()["code"]) == (status, code)
    order = learner.read(f"/orders/{response.json()['order_id']}/")
    assert order["state"] == ("pending" if status == 503 else "failed")
    assert ("Retry-After" in response.headers) == (status == 503)


def test_a_declined_creation_is_a_422_with_the_order(learner: Learner, provider: Provider) -> None:
    response = learner.order(ProductFactory(price=Money("1000.04", "EUR")))
    assert response.status_code == 422
    assert response.json()["failure_code"] == "declined"
    assert learner.read(f"/orders/{response.json()['order_id']}/")["state"] == "failed"


def test_a_refund_shows_its_credit_note(learner: Learner, provider: Provider) -> None:
    order = buy(learner, provider, ProductFactory())
    payment = Payment.objects.get()
    provider.refund_from_dashboard(payment.provider_reference, 2050)
    provider.deliver()
    main, credit_note = learner.read(f"/orders/{order['id']}/")["proforma_invoices"]
    assert main["reference"] == order["main_proforma_invoice"]
    assert (credit_note["total"], credit_note["total_currency"]) == (-20.5, "EUR")
    text = text_of(learner.document(order, credit_note["reference"]))
    for expected in ("20.50", credit_note["reference"], main["reference"]):
        assert expected in text


def test_an_order_shows_what_was_bought(learner: Learner, provider: Provider) -> None:
    course = CourseFactory()
    run = CourseRunFactory(course=course)
    order = buy(learner, provider, ProductFactory(target_courses=[course]))
    (target,) = learner.read(f"/orders/{order['id']}/")["target_courses"]
    assert target["code"] == course.code
    assert [each["id"] for each in target["course_runs"]] == [str(run.pk)]
