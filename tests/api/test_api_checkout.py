"""Placing an order, and paying it again."""

import uuid
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings
from tests.api.api_client import ADDRESS, NO_ID, Api

from joanie.common.money import Money
from joanie.core.factories import (
    CourseFactory,
    CourseRunFactory,
    EnrollmentFactory,
    OrderFactory,
    OrganizationFactory,
    ProductFactory,
)
from joanie.core.models import Order, Product
from joanie.payment.factories import CreditCardFactory, PaymentFactory, TransactionFactory
from joanie.payment.models import CreditCard, Payment


@pytest.fixture
def product(db: None) -> Product:
    product: Product = ProductFactory()
    return product


@pytest.fixture
def card(owner: Any) -> CreditCard:
    card: CreditCard = CreditCardFactory(owner=owner)
    return card


def refused(response: Any, status: int = 400) -> Any:
    assert response.status_code == status, response.content
    return response.json()


def test_an_order_is_answered_with_where_to_pay(api: Api) -> None:
    run = CourseRunFactory()
    product = ProductFactory(target_courses=[run.course])
    response = api.order(product)
    assert response.status_code == 201
    answer = response.json()
    payment = Payment.objects.get(order=answer["id"])
    assert answer["payment_info"] == {
        "payment_id": payment.provider_reference,
        "provider": "page",
        "url": f"https://pay.example.org/{payment.provider_reference}?lang=en",
    }
    assert answer["payment"] == {
        "state": "pending",
        "provider": "page",
        "failure_code": None,
        "url": answer["payment_info"]["url"],
    }
    assert (answer["state"], answer["owner"]) == ("pending", "grace")
    assert [target["code"] for target in answer["target_courses"]] == [run.course.code]
    assert api.read(f"/orders/{answer['id']}/") == {
        name: value for name, value in answer.items() if name != "payment_info"
    }


def test_an_order_is_for_nobodys_cache(api: Api, product: Product) -> None:
    assert api.order(product).headers["Cache-Control"] == "private, no-store"


def test_what_is_asked_for_reaches_the_attempt(api: Api, product: Product) -> None:
    address = {**ADDRESS, "city": "  Lyon ", "vat_number": "ignored"}
    api.order(
        product,
        billing_address=address,
        save_card=True,
        payment_method="euros",
        return_url="https://shop.example.org/orders/done?tab=1",
    )
    payment = Payment.objects.get()
    assert payment.billing_address == {**ADDRESS, "city": "Lyon"}
    assert (payment.backend, payment.save_card) == ("euros", True)
    assert payment.return_url == "https://shop.example.org/orders/done?tab=1"


def test_a_price_given_by_the_client_changes_nothing(api: Api, product: Product) -> None:
    answer = api.order(product, total=1, price=1, amount=1, total_currency="JPY", state="x").json()
    assert (answer["total"], answer["total_currency"]) == (120.0, "EUR")


@pytest.mark.parametrize(
    ("price", "written"),
    [
        (Money(15000, "JPY"), b'"total":15000,"total_currency":"JPY"'),
        (Money("12.345", "KWD"), b'"total":12.345,"total_currency":"KWD"'),
    ],
)
def test_currencies_without_cents_and_with_more(api: Api, price: Money, written: bytes) -> None:
    assert written in api.order(ProductFactory(price=price)).content


def test_a_free_order_needs_no_address_and_is_validated_at_once(api: Api) -> None:
    product = ProductFactory(price=Money(0, "EUR"))
    response = api.order(product, billing_address={"first_name": 5}, credit_card_id=NO_ID)
    assert response.status_code == 201
    answer = response.json()
    assert (answer["state"], answer["payment"]) == ("validated", None)
    assert "payment_info" not in answer


def test_the_language_of_the_reader_is_that_of_the_order(owner: Any, product: Product) -> None:
    answer = Api(owner, language="fr-CA").order(product).json()
    assert Order.objects.get().language == "fr"
    assert answer["payment_info"]["url"].endswith("?lang=fr")


def test_enrolments_in_what_was_bought_are_shown(api: Api, owner: Any) -> None:
    chosen, left_out = CourseRunFactory.create_batch(2, course=CourseFactory())
    product = ProductFactory(target_courses=[chosen.course])
    product.target_course_relations.get().course_runs.set([chosen])
    enrollment = EnrollmentFactory(owner=owner, course_run=chosen)
    EnrollmentFactory(owner=owner, course_run=left_out)
    EnrollmentFactory(course_run=chosen)
    (shown,) = api.order(product).json()["enrollments"]
    assert shown["id"] == str(enrollment.pk)
    assert (shown["is_active"], shown["state"]) == (True, "set")
    assert shown["course_run"]["id"] == str(chosen.pk)


# What can be wrong with a purchase ---------------------------------------------------------------


def test_the_course_and_the_product_have_to_be_named(api: Api) -> None:
    assert set(refused(api.post("/orders/", {}))) == {"course", "product"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("course", "unknown"),
        ("course", NO_ID),
        ("product", NO_ID),
        ("organization", NO_ID),
        ("credit_card_id", NO_ID),
        ("payment_method", "unknown"),
    ],
)
def test_what_is_not_there_is_told_by_field(
    api: Api, product: Product, field: str, value: str
) -> None:
    assert list(refused(api.order(product, **{field: value}))) == [field]
    assert not Order.objects.exists()


def test_a_product_is_bought_on_a_course_where_it_is_displayed(api: Api, product: Product) -> None:
    response = api.order(product, course=CourseFactory().code)
    assert refused(response) == {"product": ["This product is not sold on this course."]}


def test_a_product_is_bought_from_who_sells_it(api: Api, product: Product) -> None:
    elsewhere = OrganizationFactory()
    assert "organization" in refused(api.order(product, organization=str(elsewhere.pk)))
    seller = product.organizations.get()
    answer = api.order(product, organization=str(seller.pk)).json()
    assert answer["organization"] == str(seller.pk)


def test_a_product_that_nobody_sells_cannot_be_bought(api: Api) -> None:
    product = ProductFactory(organizations=[])
    assert "product" in refused(api.order(product))


@pytest.mark.parametrize("address", [None, {}, [], "10 rue de la Paix", 5, [ADDRESS]])
def test_a_billing_address_is_needed(api: Api, product: Product, address: Any) -> None:
    assert list(refused(api.order(product, billing_address=address))) == ["billing_address"]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("country", "ZZ"),
        ("country", "France"),
        ("country", "FR\x00"),
        ("first_name", ""),
        ("first_name", "   "),
        ("first_name", None),
        ("first_name", 5),
        ("first_name", ["x"]),
        ("last_name", {"a": "b"}),
        ("last_name", "x" * 101),
        ("address", "nul\x00"),
        ("address", "two\nlines"),
        ("postcode", "x" * 21),
        ("city", True),
    ],
)
def test_the_billing_address_is_printable(
    api: Api, product: Product, field: str, value: Any
) -> None:
    answer = refused(api.order(product, billing_address={**ADDRESS, field: value}))
    assert list(answer) == ["billing_address"]
    assert list(answer["billing_address"]) == [field]
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.org/orders/",
        "https://shop.example.org/",
        "https://shop.example.org/orders/../admin/",
        "https://shop.example.org@evil.example.org/orders/",
        "//shop.example.org/orders/",
        "javascript:alert(1)",
        "https://[",
        "x" * 3000,
        "https://shop.example.org/orders/\x00",
        5,
        ["https://shop.example.org/orders/"],
    ],
)
def test_the_browser_is_sent_to_allowed_pages_only(api: Api, product: Product, url: Any) -> None:
    assert list(refused(api.order(product, return_url=url))) == ["return_url"]


def test_somebody_elses_card_does_not_exist(api: Api, product: Product) -> None:
    card = CreditCardFactory()
    assert "credit_card_id" in refused(api.order(product, credit_card_id=str(card.pk)))
    assert not Payment.objects.exists()


def test_a_method_that_does_not_take_the_currency_is_refused(api: Api) -> None:
    product = ProductFactory(price=Money(15000, "JPY"))
    assert "payment_method" in refused(api.order(product, payment_method="euros"))


# How paying can go -------------------------------------------------------------------------------


def test_a_saved_card_pays_at_once(api: Api, product: Product, card: CreditCard) -> None:
    answer = api.order(product, credit_card_id=str(card.pk)).json()
    assert answer["payment_info"]["is_paid"] is True
    assert (answer["state"], answer["payment"]["state"]) == ("validated", "succeeded")
    assert answer["main_proforma_invoice"]
    assert answer["payment"]["url"] is None


def test_a_saved_card_that_is_declined_is_no_error(api: Api, product: Product, owner: Any) -> None:
    card = CreditCardFactory(owner=owner, token="stolen")
    response = api.order(product, credit_card_id=str(card.pk))
    assert response.status_code == 201
    answer = response.json()
    assert answer["payment_info"]["is_paid"] is False
    assert answer["payment_info"]["failure_code"] == "declined"
    assert answer["state"] == "failed"
    assert answer["payment"]["failure_code"] == "declined"


def test_a_decline_is_a_422_that_tells_no_secret(
    api: Api, product: Product, misbehave: Any
) -> None:
    misbehave("declines")
    answer = refused(api.order(product), 422)
    assert answer == {
        "detail": "The payment was refused. Try again, or use another means of payment.",
        "code": "create_payment_failed",
        "order_id": str(Order.objects.get().pk),
        "failure_code": "declined",
    }


@pytest.mark.parametrize(
    ("how", "status", "code", "retry_after"),
    [
        ("down", 503, "payment_provider_unavailable", "5"),
        ("misconfigured", 502, "payment_provider_misconfigured", None),
    ],
)
def test_a_provider_that_misbehaves_is_told_without_its_words(
    api: Api,
    product: Product,
    misbehave: Any,
    how: str,
    status: int,
    code: str,
    retry_after: str | None,
) -> None:
    misbehave(how)
    response = api.order(product)
    answer = refused(response, status)
    assert answer["code"] == code
    assert answer["order_id"] == str(Order.objects.get().pk)
    assert response.headers.get("Retry-After") == retry_after
    assert "10.0.0.1" not in answer["detail"]
    assert "sk_live" not in answer["detail"]


def test_what_was_bought_is_not_bought_again(api: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner, state="validated")
    answer = refused(api.order(order.product), 409)
    assert answer["code"] == "order_already_bought"
    assert answer["order_id"] == str(order.pk)


def test_too_many_declines_have_to_wait(
    api: Api, product: Product, owner: Any, settings: Settings
) -> None:
    settings.JOANIE = {**settings.JOANIE, "MAX_DECLINES_PER_HOUR": 0}
    response = api.order(product)
    assert refused(response, 429)["code"] == "too_many_declines"
    assert response.headers["Retry-After"] == "3600"


def test_buying_again_what_is_pending_pays_the_same_order(api: Api, product: Product) -> None:
    first, second = api.order(product).json(), api.order(product).json()
    assert first["id"] == second["id"]
    assert first["payment_info"]["payment_id"] != second["payment_info"]["payment_id"]


# Paying again ------------------------------------------------------------------------------------


def test_a_failed_order_is_paid_in_another_way(api: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner, state="failed")
    PaymentFactory(order=order, state="failed", failure_code="declined")
    response = api.post(
        f"/orders/{order.pk}/payments/", {"billing_address": ADDRESS, "payment_method": "euros"}
    )
    assert response.status_code == 201
    answer = response.json()
    assert (answer["id"], answer["state"]) == (str(order.pk), "pending")
    assert answer["payment"]["provider"] == "euros"
    assert answer["payment_info"]["payment_id"]


@pytest.mark.parametrize("state", ["validated", "refunded", "canceled"])
def test_an_order_that_is_over_is_not_paid(api: Api, owner: Any, state: str) -> None:
    order = OrderFactory(owner=owner, state=state)
    response = api.post(f"/orders/{order.pk}/payments/", {"billing_address": ADDRESS})
    assert refused(response, 409)["order_id"] == str(order.pk)


def test_an_order_whose_money_is_looked_into_is_not_paid(api: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner)
    payment = PaymentFactory(order=order, state="succeeded", flag="short")
    TransactionFactory(payment=payment, proforma_invoice__order=order)
    response = api.post(f"/orders/{order.pk}/payments/", {"billing_address": ADDRESS})
    assert refused(response, 409)["code"] == "order_under_review"


def test_a_charge_whose_outcome_is_unknown_is_not_made_again(api: Api, owner: Any) -> None:
    attempt = PaymentFactory(
        order__owner=owner, state="created", method="one_click", provider_reference=""
    )
    response = api.post(f"/orders/{attempt.order_id}/payments/", {"billing_address": ADDRESS})
    assert refused(response, 409)["code"] == "payment_outcome_unknown"
    assert response.headers["Retry-After"] == "30"


def test_paying_needs_an_address_too(api: Api, owner: Any) -> None:
    order = OrderFactory(owner=owner)
    answer = refused(api.post(f"/orders/{order.pk}/payments/", {}))
    assert answer == {"billing_address": ["This field is required."]}


@pytest.mark.parametrize("order_id", [NO_ID, "not-a-uuid", "%00"])
def test_an_order_that_is_not_there_is_not_paid(api: Api, order_id: str) -> None:
    response = api.post(f"/orders/{order_id}/payments/", {"billing_address": ADDRESS})
    assert refused(response, 404)["code"] == "not_found"


def test_somebody_elses_order_is_not_there(other: Api, anonymous: Api, owner: Any) -> None:
    path = f"/orders/{OrderFactory(owner=owner).pk}/payments/"
    assert other.post(path, {"billing_address": ADDRESS}).status_code == 404
    assert anonymous.post(path, {"billing_address": ADDRESS}).status_code == 401
    assert not Payment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_host_with_atomic_requests_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, django_user_model: Any
) -> None:
    monkeypatch.setitem(connections.settings["default"], name="ATOMIC_REQUESTS", value=True)
    user = django_user_model.objects.create(username=f"learner-{uuid.uuid4()}")
    api = Api(user)
    order = api.order(ProductFactory()).json()
    assert order["payment"]["state"] == "pending"
    assert api.post(f"/orders/{order['id']}/abort/").status_code == 204
