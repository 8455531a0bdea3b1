"""From a row of the outbox to a message: templates, headers, attachment."""

import re
from email.utils import parseaddr

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import translation

from joanie.core.services.owners import email_of
from joanie.payment.documents.storage import read_pdf
from joanie.payment.mails.letter import Letter
from joanie.payment.models import Mail

# RFC 5321, 4.5.3.1.3, less the angle brackets.
_LONGEST_ADDRESS = 254
_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n\s*\n")


def address_of(mail: Mail) -> str:
    """Return where the learner reads mails; an empty text when that is no address."""
    return _checked_address(email_of(mail.owner))


def compose(mail: Mail, address: str) -> EmailMultiAlternatives:
    """Write the message in the mail's language, with its document as it is stored.

    Reads the document's file: never call it inside a transaction. Raises DocumentCorrupted.
    """
    with translation.override(mail.language):
        letter = Letter.of(mail)
        subject = in_one_line(_render(mail, "subject.txt", letter=letter))
        text = _render(mail, "txt", letter=letter, subject=subject)
        html = _render(mail, "html", letter=letter, subject=subject)
    contact = _checked_address(letter.contact)
    message = EmailMultiAlternatives(
        subject=subject,
        body=_BLANK_LINES.sub("\n\n", text).strip() + "\n",
        to=[address],
        reply_to=[contact] if contact else None,
        headers={"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(html, "text/html")
    if mail.proforma_invoice:
        filename = in_one_line(f"{mail.proforma_invoice.reference}.pdf")
        message.attach(filename, read_pdf(mail.proforma_invoice), "application/pdf")
    return message


def message_id(mail: Mail) -> str:
    """Return the same for the same mail, so that mail systems see a repetition for what it is.

    Asking for the mail again makes it another one.
    """
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{mail.pk}.{mail.updated_on:%Y%m%d%H%M%S%f}@{domain or 'localhost'}>"


def in_one_line(text: str) -> str:
    """Leave no way to write another header."""
    return _CONTROL_CHARACTERS.sub(" ", text).strip()


def _render(mail: Mail, suffix: str, **context: object) -> str:
    return render_to_string(f"joanie/mails/{mail.kind}.{suffix}", context)


def _checked_address(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return address if len(address) <= _LONGEST_ADDRESS else ""
