"""The seller's logo as it was when a document was issued."""

import base64
import logging

from django.core.exceptions import ValidationError

from joanie.common.transactions import forbid_transaction
from joanie.core.logos import check_logo, is_named_after_content, is_the_content_named
from joanie.core.models import Organization
from joanie.payment.models import ProformaInvoice

logger = logging.getLogger(__name__)


def read_logo(invoice: ProformaInvoice) -> str:
    """Read from the storage the logo that a document names; give it as a ``data:`` URL.

    Empty when the document names none. Also when the file is gone, or is not the one that was
    named: a document is needed more than its logo, so it is made with the seller's name instead,
    and an error is logged. Raises NetworkInTransaction, and what the storage raises when it does
    not answer: the document can be made later then.
    """
    name = invoice.content["seller"].get("logo", "")
    if not name:
        return ""
    forbid_transaction()
    try:
        content = _read_content(name)
        content_type = check_logo(content)
    except (FileNotFoundError, ValueError, ValidationError) as problem:
        logger.error(  # noqa: TRY400 - the reason is enough, there is no bug to trace
            "Document %s is made without the logo %s of its seller: %s",
            invoice.reference,
            name,
            problem,
        )
        return ""
    return as_data_url(content, content_type)


def as_data_url(content: bytes, content_type: str) -> str:
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}"


def _read_content(name: str) -> bytes:
    if not is_named_after_content(name):
        raise ValueError("its name does not say its content; save the organization again")
    with Organization.logo.field.storage.open(name) as file:
        content: bytes = file.read()
    if not is_the_content_named(name, content):
        raise ValueError("it was changed after it was uploaded")
    return content
