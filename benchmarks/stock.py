"""What the requests of a run are made of. Nothing is used up twice."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from itertools import islice
from typing import Any

import httpx
from django.contrib.auth import get_user_model
from django.utils import timezone

from benchmarks.seeding import COURSES, Shop
from benchmarks.wire import Request, post
from joanie.core.models import Course, Order, Organization, Product
from joanie.demo.bearer_token import sign_token
from joanie.emulators.dummy.events import SIGNATURE_HEADER, sign
from joanie.payment.backends.dummy.client import DummyClient, get_secret
from joanie.payment.factories import BillingAddressDictFactory, CreditCardFactory
from joanie.payment.models import CreditCard, Payment, ProformaInvoice

API = "/api/v1.0"
TOKEN_LASTS = timedelta(hours=2)
NOWHERE = "http://127.0.0.1:9/"
# Buyers who have a card; the others pay on the provider's page.
CARDHOLDERS = 60

Sale = tuple[Any, int]


@cache
def as_learner(username: str) -> dict[str, str]:
    """Give the headers of a learner who is signed in."""
    return {"Authorization": f"Bearer {sign_token(username, lasts=TOKEN_LASTS)}"}


@dataclass(frozen=True)
class Document:
    """A pro forma invoice, and whose it is."""

    order_id: str
    reference: str
    username: str

    def download(self) -> Request:
        path = f"{API}/orders/{self.order_id}/proforma_invoice/?reference={self.reference}"
        return Request(path, headers=as_learner(self.username))


class Stock:
    """The seeded shop as it is now. ``provider``: its base URL."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        users = get_user_model()._default_manager.order_by("id")  # noqa: SLF001 - public
        self.shop = Shop(
            list(Organization.objects.order_by("created_on")),
            list(Course.objects.order_by("created_on")),
            list(Product.objects.order_by("created_on")),
            collectors=list(users.filter(username__startswith="collector-")),
            regulars=list(users.filter(username__startswith="regular-")),
            buyers=list(users.filter(username__startswith="buyer-")),
        )
        buyers = self.shop.buyers
        self._sales = _sales_to_come(self.shop, buyers[CARDHOLDERS:])
        self._sales_by_card = _sales_to_come(self.shop, buyers[:CARDHOLDERS])
        self._documents: Iterator[Document] = iter(())

    def purchases(self, number: int) -> list[Request]:
        """Order what nobody ordered yet, to be paid on the provider's page."""
        return [self._purchase(*sale) for sale in islice(self._sales, number)]

    def purchases_by_card(self, number: int) -> list[Request]:
        return [
            self._purchase(owner, product, credit_card_id=str(self.cards[owner.pk].pk))
            for owner, product in islice(self._sales_by_card, number)
        ]

    def successes(self, number: int) -> list[Request]:
        """Tell that payments succeeded, which are written now and open until then."""
        orders = self.shop.place(islice(self._sales, number), "pending")
        return [self._success(payment) for payment in self.shop.open_payments(orders)]

    @cached_property
    def cards(self) -> dict[Any, CreditCard]:
        """Cards by owner, which the provider knows."""
        client = DummyClient({"base_url": self._provider})
        with httpx.Client(base_url=self._provider, trust_env=False) as browser:
            return {
                owner.pk: CreditCardFactory(owner=owner, token=_save_card(owner, client, browser))
                for owner in self.shop.buyers[:CARDHOLDERS]
            }

    def unprinted(self, number: int) -> list[Request]:
        """Download documents that were not rendered yet."""
        documents = [document.download() for document in islice(self._documents, number)]
        if len(documents) < number:
            self._documents = iter(_documents(is_printed=False, most=1000))
            documents += [
                each.download() for each in islice(self._documents, number - len(documents))
            ]
        return documents

    def printed(self, number: int) -> list[Request]:
        return [each.download() for each in _documents(is_printed=True, most=number)]

    def _purchase(self, owner: Any, product: int, **means: str) -> Request:
        content = {
            "course": self.shop.courses[product % COURSES].code,
            "product": str(self.shop.products[product].pk),
            "billing_address": BillingAddressDictFactory(),
            **means,
        }
        return post(f"{API}/orders/", content, as_learner(owner.username))

    def _success(self, payment: Payment) -> Request:
        event = {
            "id": f"evt_{payment.pk.hex}",
            "object": "event",
            "type": "payment.succeeded",
            "created": int(time.time()),
            "data": {"payment": _as_wire(payment), "refund": None, "dispute": None, "card": None},
        }
        return _signed(f"{API}/payments/notifications/dummy/", json.dumps(event).encode())


def _signed(path: str, body: bytes) -> Request:
    return Request(
        path, "POST", {SIGNATURE_HEADER: sign(get_secret({}), body, int(time.time()))}, body
    )


def _as_wire(payment: Payment) -> dict[str, Any]:
    """Describe it as the dummy provider does once it is paid."""
    return {
        "id": payment.provider_reference,
        "object": "payment",
        "status": "succeeded",
        "amount": int(payment.amount.amount * 100),
        "currency": str(payment.amount.currency),
        "reference": str(payment.pk),
        "description": "",
        "url": None,
        "failure_code": None,
        "card": {
            "token": None,
            "brand": "Visa",
            "last_numbers": "4242",
            "expiration_month": 12,
            "expiration_year": timezone.now().year + 3,
            "saved": False,
            "customer": None,
        },
        "amount_refunded": 0,
        "refunds": [],
        "disputes": [],
        "created": int(time.time()),
        "updated": int(time.time()),
    }


def _sales_to_come(shop: Shop, learners: Sequence[Any]) -> Iterator[Sale]:
    """Give each learner each product once, in turn, but for what is ordered already."""
    numbers = {product.pk: number for number, product in enumerate(shop.products)}
    ordered = {
        (owner, numbers[product])
        for owner, product in Order.objects.filter(owner__in=learners).values_list(
            "owner", "product"
        )
    }
    for number in range(len(shop.products)):
        for learner in learners:
            if (learner.pk, number) not in ordered:
                yield learner, number


def _documents(*, is_printed: bool, most: int) -> list[Document]:
    """Those of regulars, in no order."""
    found = ProformaInvoice.objects.filter(
        order__owner__username__startswith="regular-", parent=None
    )
    found = found.exclude(pdf_sha256="") if is_printed else found.filter(pdf_sha256="")
    names = ("order_id", "reference", "order__owner__username")
    return [Document(*map(str, values)) for values in found.values_list(*names)[:most]]


def _save_card(owner: Any, client: DummyClient, browser: httpx.Client) -> str:
    """Save a card at the provider, on its own page. Return its token."""
    setup = client.create_card_setup(
        {
            "customer": str(owner.pk),
            "language": "en",
            "return_url": NOWHERE,
            "cancel_url": NOWHERE,
            "notification_url": NOWHERE,
        }
    )
    browser.post(f"/setup/{setup['id']}", data={"card": "success"})
    headers = {"Authorization": f"Bearer {get_secret({})}"}
    answer = browser.get(f"/v1/card-setups/{setup['id']}", headers=headers).json()
    return str(answer["card"]["token"])
