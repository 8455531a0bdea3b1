"""The templates that the how-to guide shows do what it says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from tests.payment.mails.post import card_saved, html_of, paid, sent, stored

from joanie.payment.mails.sending import send_mail

GUIDE = Path(settings.BASE_DIR) / "docs" / "how-to" / "change-the-mails.md"
SHOWN = re.compile(r"```django\n(\{# joanie/mails/(\S+) #\}.*?)```", re.DOTALL)


@pytest.fixture(autouse=True)
def _as_shown(override_mail: Callable[[dict[str, str]], None]) -> None:
    shown = {name: source for source, name in SHOWN.findall(GUIDE.read_text())}
    assert set(shown) == {"order_paid.html", "order_paid.subject.txt", "card_saved.subject.txt"}
    # Nothing may come before the tag that extends.
    override_mail(shown)


@pytest.mark.django_db
def test_a_text_is_changed() -> None:
    message = sent(paid())
    assert message.subject == "Welcome to Diploma"
    assert "Welcome!</h1>" in html_of(message)
    assert "Diploma is yours. Your invoice is PF-" in html_of(message)


@pytest.mark.django_db
def test_a_mail_is_switched_off() -> None:
    mail = card_saved()
    send_mail(mail.pk)
    assert "no mails of this kind" in stored(mail).dropped_because
