"""Who a learner is goes; what was bought, paid and issued stays."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import models
from django.dispatch import Signal
from django.test.utils import isolate_apps
from django.utils import timezone
from tests.api.api_client import Api, make_token
from tests.docs.pages import read_blocks
from tests.payment.ledger.books import lines_of, pay, queued, state_of
from tests.provider import Provider
from tests.shop import Shop, fresh, save_card

from joanie.core.factories import (
    AddressFactory,
    EnrollmentFactory,
    OrderFactory,
    UserFactory,
)
from joanie.core.models import IdempotencyRecord, Order
from joanie.core.services import erasure as identity
from joanie.core.services.outgoing_events import tell_of_order
from joanie.core.signals import learner_erased
from joanie.payment.documents.storage import ensure_pdf, read_pdf
from joanie.payment.factories import (
    BillingAddressDictFactory,
    CreditCardFactory,
    PaymentFactory,
)
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.mails.outbox import tell_order_expired
from joanie.payment.mails.sending import send_mail
from joanie.payment.models import (
    CreditCard,
    Mail,
    PaymentNotification,
    ProformaInvoice,
    Refund,
)
from joanie.payment.services.checkout import place_order
from joanie.payment.services.credit_cards import forget_card
from joanie.payment.services.erasure import LearnerNotErasable, count_personal_data, erase_learner
from joanie.payment.services.intake import process_notification
from joanie.webhooks.models import WebhookDelivery, WebhookEndpoint
from joanie.webhooks.services.endpoints import disable_endpoint

SECRET_NAME = "Zephyrine"


def learner_named(name: str = SECRET_NAME) -> Any:
    """Make a learner whose every word holds a name."""
    owner = UserFactory(
        username=name.lower(),
        email=f"{name.lower()}@example.org",
        first_name=name,
        last_name=f"{name}son",
    )
    AddressFactory(owner=owner, title=f"At {name}'s", first_name=name, city=f"{name}ville")
    return owner


@pytest.fixture
def learner(shop: Shop, provider: Provider) -> Any:
    """Give a learner who bought something, saved a card, and left traces everywhere."""
    shop.owner = owner = learner_named()
    request = replace(
        shop.request(save_card=True, client_address="192.0.2.7"),
        billing_address=BillingAddressDictFactory(last_name=SECRET_NAME),
        return_url=f"https://shop.example.org/{SECRET_NAME}",
    )
    checkout = place_order(
        owner=owner,
        course=shop.product.courses.get(),
        product=shop.product,
        language="en",
        payment=request,
    )
    provider.pay(checkout.payment_info["url"], save_card=True)
    provider.deliver()
    for mail in Mail.objects.all():
        send_mail(mail.pk)
    CreditCard.objects.update(title=f"{SECRET_NAME}'s")
    IdempotencyRecord.objects.create(
        owner=owner,
        key="1",
        lease_expires_at="2026-01-01T00:00Z",
        response_body={"city": SECRET_NAME},
    )
    EnrollmentFactory(owner=owner, state="failed", failure=f"No such user: {SECRET_NAME}")
    tell_of_sent(owner)
    return owner


def tell_of_sent(owner: Any) -> None:
    """Have a webhook tell of an order of theirs, which was sent."""
    endpoint = WebhookEndpoint.objects.create(url="https://catalogue.example.org/")
    tell_of_order(
        order_id=Order.objects.get(owner=owner).pk, state="validated", moment=timezone.now()
    )
    delivery = WebhookDelivery.objects.get()
    delivery.deliver()
    delivery.save()
    disable_endpoint(endpoint_id=endpoint.pk)


def rows_that_name(name: str) -> Iterator[models.Model]:
    """Give every row of ours, and the user's, that holds the name in any field."""
    ours = [each for each in apps.get_models() if each.__module__.startswith("joanie.")]
    for model in (*ours, get_user_model()):
        for row in model._default_manager.all():
            values = [getattr(row, field.attname) for field in model._meta.concrete_fields]
            said = " ".join(
                str(bytes(value)) if isinstance(value, memoryview) else repr(value)
                for value in values
            )
            if name.lower() in said.lower():
                yield row


def erase(learner: Any) -> dict[str, int]:
    return erase_learner(learner=fresh(learner))


def test_nothing_names_an_erased_learner_but_the_documents(
    learner: Any, provider: Provider
) -> None:
    named = {type(row).__name__ for row in rows_that_name(SECRET_NAME)}
    assert {"Address", "CreditCard", "Enrollment", "Mail", "Payment", "User"} <= named
    erase(learner)
    assert {type(row) for row in rows_that_name(SECRET_NAME)} == {ProformaInvoice}
    assert {type(row) for row in rows_that_name("192.0.2.7")} == set()


def test_the_books_of_an_erased_learner_stay_whole(learner: Any, provider: Provider) -> None:
    invoice = ensure_pdf(ProformaInvoice.objects.get().pk)
    pdf = read_pdf(invoice)
    lines = lines_of(invoice.order)
    erase(learner)
    assert lines_of(invoice.order) == lines
    assert state_of(invoice.order) == "validated"
    assert read_pdf(ProformaInvoice.objects.get()) == pdf
    assert ProformaInvoice.objects.get().content == invoice.content
    assert list(verify_ledger()) == []


def test_the_cards_of_an_erased_learner_are_forgotten_by_the_provider(
    learner: Any, provider: Provider
) -> None:
    card = CreditCard.objects.get()
    assert erase(learner)["saved cards"] == 1
    assert queued("joanie.payment.forget_card") == [{"card_id": str(card.pk)}]
    forget_card(card.pk)
    assert provider.http.delete(f"/v1/cards/{card.token}").status_code == 404
    assert not CreditCard.objects.exists()


def test_the_news_of_a_payment_told_again_bring_no_card_back(
    learner: Any, provider: Provider
) -> None:
    told = PaymentNotification.objects.filter(state="processed").first()
    assert told is not None
    again = PaymentNotification(backend="dummy", method="POST", path="/", headers=told.headers)
    again.body = bytes(told.body)
    erase(learner)
    CreditCard.objects.all().delete()
    again.save()
    assert process_notification(again) == "processed"
    assert not CreditCard.objects.exists()


def test_the_user_is_a_stranger_who_cannot_come_in(learner: Any) -> None:
    erase(learner)
    user = fresh(learner)
    assert identity.PLACEHOLDER.fullmatch(user.username)
    assert (user.first_name, user.last_name, user.email) == ("", "", "")
    assert (user.is_active, user.has_usable_password()) == (False, False)


def test_an_old_token_makes_a_new_learner_who_has_nothing(learner: Any) -> None:
    token = make_token("zephyrine")
    assert Api(token=token).read("/orders/")["count"] == 1
    erase(learner)
    assert Api(token=token).read("/orders/")["count"] == 0
    assert get_user_model().objects.get(username="zephyrine").pk != learner.pk


def test_an_erasure_can_be_repeated(learner: Any) -> None:
    assert all(erase(learner).values())
    name = fresh(learner).username
    counts = erase(learner)
    assert {kind for kind, count in counts.items() if count} == {"saved cards"}
    assert fresh(learner).username == name
    assert queued("joanie.payment.forget_card") == [
        {"card_id": str(card.pk)} for card in CreditCard.objects.all()
    ]


def test_other_learners_keep_everything(learner: Any, shop: Shop, provider: Provider) -> None:
    other = Shop(shop.base_url, owner=learner_named("Barnabas"))
    save_card(other, provider)
    before = count_personal_data(other.owner)
    erase(learner)
    assert count_personal_data(fresh(other.owner)) == before
    assert before["notifications"]


@pytest.mark.django_db
def test_nothing_that_may_still_bring_money_is_erased() -> None:
    payment = pay(OrderFactory())
    for state in ("received", "failed", "dead", "ignored"):
        PaymentNotification.objects.create(
            backend="dummy", method="POST", path="/", body=str(payment.pk).encode(), state=state
        )
    erase(payment.order.owner)
    states = PaymentNotification.objects.values_list("state", flat=True)
    assert set(states) == {"received", "failed", "dead"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b'{"id": "pay/1+\xc3\xa92345"}', b"id=pay%2F1%2B%C3%A92345"], ids=["json", "form"]
)
def test_notifications_are_found_by_what_the_provider_calls_the_payment(body: bytes) -> None:
    payment = PaymentFactory(
        provider_reference="pay/1+é2345", state="canceled", order__state="canceled"
    )
    PaymentNotification.objects.create(
        backend="dummy", method="POST", path="/", body=body, state="processed"
    )
    assert erase(payment.order.owner)["notifications"] == 1
    assert not PaymentNotification.objects.exists()


@pytest.mark.django_db
def test_a_mail_that_waits_is_not_sent() -> None:
    order = OrderFactory(state="canceled")
    tell_order_expired(order)
    erase(order.owner)
    mail = Mail.objects.get()
    assert (mail.sent_at, mail.dropped_because) == (None, "The learner was erased.")
    send_mail(mail.pk)
    assert Mail.objects.get().sent_at is None


@pytest.mark.django_db
def test_a_card_of_an_account_that_is_gone_goes_at_once() -> None:
    card = CreditCardFactory(backend="gone", is_main=True)
    other = CreditCardFactory(owner=card.owner)
    erase(card.owner)
    assert list(CreditCard.objects.values_list("pk", "state")) == [(other.pk, "deleting")]


def ordered(owner: Any, state: str) -> None:
    OrderFactory(owner=owner, state=state)


def refunding(owner: Any) -> None:
    payment = pay(OrderFactory(owner=owner))
    Refund.objects.create(payment=payment, amount=payment.amount, origin="staff")


OBSTACLES = {
    "can still be paid: cancel it": lambda owner: ordered(owner, "pending"),
    "can still be paid: cancel it, or": lambda owner: ordered(owner, "failed"),
    "is under way": refunding,
    "to be looked at": lambda owner: PaymentFactory(
        order=OrderFactory(owner=owner, state="canceled"), state="succeeded", flag="late"
    ),
    "one of staff": lambda owner: type(owner).objects.update(is_staff=True),
    "one of staff: take": lambda owner: type(owner).objects.update(is_superuser=True),
}


@pytest.mark.django_db
@pytest.mark.parametrize("reason", OBSTACLES)
def test_nobody_is_erased_while_money_is_under_way(reason: str) -> None:
    owner = learner_named()
    OBSTACLES[reason](owner)
    with pytest.raises(LearnerNotErasable, match=reason):
        erase(owner)
    assert fresh(owner).first_name == SECRET_NAME
    assert owner.joanie_addresses.exists()


def call(*arguments: object) -> str:
    out = StringIO()
    call_command("erase_learner", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_dry_run_says_what_would_go_and_changes_nothing(learner: Any) -> None:
    before = count_personal_data(learner)
    said = call("zephyrine", "--dry-run")
    assert "     1 addresses\n" in said
    assert "Left to your project, of the user: date_joined." in said
    assert said.endswith("Nothing was changed.\n")
    assert count_personal_data(fresh(learner)) == before


@pytest.mark.django_db
def test_a_dry_run_says_what_hinders() -> None:
    owner = OrderFactory(state="pending").owner
    with pytest.raises(CommandError, match="can still be paid"):
        call(owner.username, "--dry-run")


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["username", "pk"])
def test_a_learner_is_erased_by_name_or_id(name: str) -> None:
    owner = learner_named()
    assert f"Learner {owner.pk} was erased." in call(getattr(owner, name))
    assert not owner.joanie_addresses.exists()


@pytest.mark.django_db
def test_a_name_that_is_the_id_of_another_is_not_enough() -> None:
    other = UserFactory()
    UserFactory(username=str(other.pk))
    with pytest.raises(CommandError, match="the name of one learner and the id of another"):
        call(other.pk)
    assert fresh(other).is_active


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["nobody", "0", uuid.uuid4(), ""])
def test_a_learner_who_is_not_there_is_named(name: object) -> None:
    with pytest.raises(CommandError, match="There is no learner"):
        call(name)


@pytest.mark.django_db(transaction=True)
def test_the_host_erases_what_it_added_as_the_guide_says() -> None:
    (block,) = [block for block in read_blocks("how-to/erase-a-learner.md") if block.title]
    owner = learner_named()
    owner.groups.add(Group.objects.create(name="Alumni"))
    spoken: dict[str, Any] = {}
    exec(block.code, spoken)  # the page's own words
    try:
        erase(owner)
    finally:
        assert isinstance(learner_erased, Signal)
        learner_erased.disconnect(spoken["erase_groups"])
    assert not owner.groups.exists()


@isolate_apps("sandbox")
def test_a_user_who_is_called_by_an_address_gets_another_one() -> None:
    class Buyer(AbstractBaseUser):
        email = models.EmailField(unique=True, max_length=50)
        nickname = models.CharField(max_length=20, default="")
        USERNAME_FIELD = "email"

        class Meta:
            app_label = "sandbox"

    buyer = Buyer(email="grace@example.org", nickname="Amazing")
    changed = identity.overwritten_fields(buyer)
    assert set(changed) == {"email", "password"}
    assert Buyer(**changed).clean_fields(exclude=["nickname", "last_login"]) is None
    assert identity.PLACEHOLDER.fullmatch(changed["email"])
    assert identity.fields_left(buyer) == ["nickname"]


@isolate_apps("sandbox")
def test_a_name_that_is_no_text_or_a_key_is_left_to_the_host() -> None:
    class Member(AbstractBaseUser):
        number = models.CharField(primary_key=True, max_length=20)
        USERNAME_FIELD = "number"

        class Meta:
            app_label = "sandbox"

    assert set(identity.overwritten_fields(Member(number="12345678"))) == {"password"}
