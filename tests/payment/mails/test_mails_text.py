"""What mails say, in each language, and what they cannot be made to say."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from pytest_django import Settings
from tests.payment.mails.post import (
    KINDS,
    card_saved,
    expired,
    failed,
    free,
    html_of,
    make_order,
    paid,
    refunded,
    sent,
)

from joanie.common.money import Money
from joanie.core.models import Course, Organization, Product
from joanie.payment.enums import CONFIDENTIAL_FAILURE_CODES, FailureCode, MailKind
from joanie.payment.ledger.credit_cards import remember_card
from joanie.payment.mails.failures import SENTENCES
from joanie.payment.models import CreditCard, Mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_today")]

CODES = [code for code in FailureCode if code not in CONFIDENTIAL_FAILURE_CODES]


@pytest.fixture
def _today() -> Any:
    with time_machine.travel(datetime(2026, 11, 21, 12, tzinfo=UTC)) as traveller:
        yield traveller


def spoken(mail: Mail) -> str:
    """Send it; give the subject and the plain text, with plain spaces and apostrophes."""
    message = sent(mail)
    text = f"{message.subject}\n{message.body}".replace("\u2019", "'")
    return re.sub(r"[^\S\n]", " ", text)


SAID = {
    ("order_paid", "en"): [
        "Your order is confirmed: Diploma",
        "Hello Grace,\n\nWe have received your payment of €120.00. Thank you.\n\nYour access",
        "What you ordered: Diploma\nCourse: Physics\nSold by: Open University\nPrice: €120.00\n",
        "Ordered on: 21 November 2026\nOrder reference: ",
        "The pro forma invoice PF-",
        "--\nOpen University\nThis message was sent automatically. If you reply",
    ],
    ("order_paid", "fr"): [
        "Votre commande est confirmée : Diplôme",
        "Bonjour Grace,\n\nNous avons bien reçu votre paiement de 120,00 €. Merci.\n\nVotre accès",
        "Votre achat : Diplôme\nCours : Physique\nVendu par : Université ouverte\nPrix : 120,00 €",
        "Date de commande : 21 novembre 2026",
        "La facture pro forma PF-",
    ],
    ("order_refunded", "en"): [
        "Your refund of €120.00: Diploma",
        "We have refunded €120.00 to your Visa card ending 4242.",
        "The order is closed, and the access that it gave with it.",
        "The credit note CN-",
    ],
    ("order_refunded", "fr"): [
        "Votre remboursement de 120,00 € : Diplôme",
        "Nous avons remboursé 120,00 € sur votre carte Visa se terminant par 4242.",
        "La commande est close, et avec elle l'accès qu'elle donnait.",
        "L'avoir CN-",
    ],
    ("payment_failed", "en"): [
        "Your payment did not go through: Diploma",
        "Your bank declined the card. Pay with another card, or ask your bank for the reason.",
        "Nothing was charged",
    ],
    ("payment_failed", "fr"): [
        "Votre paiement n'a pas abouti : Diplôme",
        "Votre banque a refusé la carte. Payez avec une autre carte, ou",
        "Rien n'a été débité",
    ],
    ("order_expired", "en"): ["Your order has expired: Diploma", "so it has expired."],
    ("order_expired", "fr"): ["Votre commande a expiré : Diplôme", "elle a donc expiré."],
    ("card_saved", "en"): [
        "A card was saved on your account: Visa ending 4242",
        "Visa ending 4242: you can now pay with it in one click, until 31 December 2026.",
    ],
    ("card_saved", "fr"): [
        "Une carte a été enregistrée sur votre compte : Visa se terminant par 4242",
        "payer avec elle en un clic, jusqu'au 31 décembre 2026.",
    ],
    ("card_expiring", "en"): [
        "Your saved card expires soon: Visa ending 4242",
        "you can pay with it in one click until 31 December 2026.",
    ],
    ("card_expiring", "fr"): [
        "Votre carte enregistrée expire bientôt : Visa se terminant par 4242",
        "payer avec elle en un clic jusqu'au 31 décembre 2026.",
    ],
}


def test_every_kind_is_looked_at_in_both_languages() -> None:
    assert set(SAID) == {(kind, language) for kind in MailKind for language in ("en", "fr")}
    assert set(KINDS) == set(MailKind)


@pytest.mark.parametrize(("kind", "language"), SAID, ids=str)
def test_each_kind_says_in_each_language(kind: str, language: str) -> None:
    text = spoken(KINDS[kind](language))
    for said in SAID[kind, language]:
        assert said in text


@pytest.mark.parametrize(("kind", "language"), SAID, ids=str)
def test_the_page_says_what_the_text_says(kind: str, language: str) -> None:
    message = sent(KINDS[kind](language))
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html_of(message)))
    for line in str(message.body).splitlines():
        if line and line != "--" and "\u00a0: " not in line and ": " not in line:
            assert re.sub(r"\s+", " ", line).replace("'", "&#x27;") in page


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_page_brings_all_it_needs(make: Callable[[], Mail]) -> None:
    page = html_of(sent(make()))
    assert not re.findall(r"<(?:img|link|script|style|iframe|object)\b|url\(|https?:", page)


@pytest.mark.parametrize(
    ("make", "said"),
    [(paid, "JP¥12,000"), (refunded, "refunded JP¥12,000 to"), (failed, "Price: JP¥12,000")],
)
def test_yen_have_no_decimals(make: Callable[..., Mail], said: str) -> None:
    assert said in spoken(make(price=Money(12000, "JPY")))


def test_a_free_order_has_nothing_to_pay_and_no_document() -> None:
    message = sent(free())
    assert "There is nothing to pay" in message.body
    assert "Price: Free" in message.body
    assert message.attachments == []


def test_a_partial_refund_leaves_the_access() -> None:
    text = spoken(refunded(amount="20.00"))
    assert "We have refunded €20.00" in text
    assert "You keep the access that this order gives." in text


@pytest.mark.parametrize("code", CODES)
def test_every_failure_has_an_explanation_and_advice(code: FailureCode) -> None:
    text = spoken(failed(code=code))
    assert all(str(sentence) in text for sentence in SENTENCES[code])


@pytest.mark.parametrize("code", CONFIDENTIAL_FAILURE_CODES)
def test_confidential_failures_are_told_as_a_decline(code: FailureCode) -> None:
    message = sent(failed(code=code))
    said = f"{message.subject}{message.body}{html_of(message)}".lower()
    assert "your bank declined the card." in said
    assert not re.findall(r"lost|stolen|fraud|suspect", said)


def test_the_order_page_is_linked_when_there_is_one(settings: Settings) -> None:
    settings.JOANIE = {
        **settings.JOANIE,
        "ORDER_PAGE_URL": "https://shop.example.org/{order_id}?a=1&b={c}",
    }
    mail = failed()
    message = sent(mail)
    url = f"https://shop.example.org/{mail.order_id}?a=1&b={{c}}"
    assert f"Pay your order: {url}" in message.body
    assert f'href="{url.replace("&", "&amp;")}"' in html_of(message)


def test_names_and_titles_cannot_bring_markup() -> None:
    mail = expired()
    type(mail.owner)._default_manager.update(first_name="<b>Grace & co")
    Product.objects.update(title="<script>1</script>")
    Course.objects.update(title='" onload="')
    message = sent(mail)
    assert "Hello <b>Grace & co," in message.body
    assert "Hello &lt;b&gt;Grace &amp; co," in html_of(message)
    assert not re.findall(r"<b>|<script|\" onload", html_of(message))
    assert message.subject == "Your order has expired: <script>1</script>"


@pytest.mark.parametrize("space", ["\n", "\r\n", "\r", "\u2028", "\x00\n", "\x85"])
def test_titles_cannot_bring_headers(space: str) -> None:
    mail = expired()
    assert mail.order is not None
    title = f"Diploma{space}Bcc: all@example.org"
    Product.objects.update(title=title.replace("\x00", ""))
    Organization.objects.update(title=title.replace("\x00", ""))
    message = sent(mail)
    assert message.subject == "Your order has expired: Diploma Bcc: all@example.org"
    assert "Bcc" not in message.message()


@pytest.mark.parametrize(
    "name",
    [
        *("win at evil.example", "https://evil", "a@b", "G" * 61, ""),
        *("Grace,\n\nYour account is locked. Call us", "Grace\u2028Call us", "\u202eecarG"),
    ],
)
def test_a_name_is_no_place_for_an_advertisement(name: str) -> None:
    mail = expired()
    type(mail.owner)._default_manager.update(first_name=name)
    assert "Hello,\n" in spoken(mail)


def test_a_learner_without_a_name_is_called_as_on_the_invoice() -> None:
    mail = paid()
    assert mail.proforma_invoice is not None
    type(mail.owner)._default_manager.update(first_name="")
    name = mail.proforma_invoice.content["buyer"]["first_name"]
    assert f"Hello {name}," in spoken(mail)


def test_a_card_that_little_is_known_of_is_yours() -> None:
    mail = card_saved()
    CreditCard.objects.update(brand="", last_numbers="")
    assert "A card was saved on your account: Your card" in spoken(mail)


def test_an_unknown_language_is_written_in_english() -> None:
    assert "Your order has expired: Diploma" in spoken(expired("xx"))


def test_a_card_is_told_of_in_the_language_of_the_last_order() -> None:
    owner = make_order("fr").owner
    card: Any = {
        "token": "card_new",
        "brand": "Visa",
        "last_numbers": "4444",
        "expiration_month": 2,
        "expiration_year": 2028,
    }
    remember_card(owner=owner, backend="dummy", card=card)
    assert "jusqu'au 29 février 2028" in spoken(Mail.objects.get())
