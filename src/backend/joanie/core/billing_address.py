"""The address that goes to payment providers and on documents: complete and printable."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import Refused
from joanie.core.models import Address

FIELDS = ("first_name", "last_name", "address", "postcode", "city", "country")


class InvalidBillingAddress(Refused):
    """``errors`` says what is wrong, by field."""

    code = "invalid_billing_address"
    status = HTTPStatus.BAD_REQUEST
    detail = _("This billing address cannot be printed on an invoice.")

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        self.errors = errors
        super().__init__()


def clean_billing_address(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the six fields, stripped. Raises InvalidBillingAddress.

    The rules are those of ``Address``: what a learner can keep, a document can show.
    """
    values = {
        name: data[name].strip() if isinstance(data.get(name), str) else data.get(name, "")
        for name in FIELDS
    }
    wrong_type = {
        name: [gettext("Not a text.")]
        for name, value in values.items()
        if not isinstance(value, str)
    }
    if wrong_type:
        raise InvalidBillingAddress(wrong_type)
    address = Address(**values)
    others = {field.name for field in Address._meta.fields} - set(FIELDS)  # noqa: SLF001 - public
    try:
        address.clean_fields(exclude=others)
    except ValidationError as error:
        raise InvalidBillingAddress(error.message_dict) from error
    return address.as_billing_address()
