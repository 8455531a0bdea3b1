"""The bodies that merchants send, read into records."""

from typing import Any

from flask import request

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.languages import known_language
from joanie.emulators.kit.acquirer.records import Page, Payment
from joanie.emulators.kit.errors import InvalidFieldError
from joanie.emulators.kit.fields import Fields

MIN_AMOUNT, MAX_AMOUNT, MIN_REFUND = 99, 2_000_000, 10
LONGEST_PAGE, USUAL_PAGE = 100, 10
LONGEST_VALUE, LONGEST_DESCRIPTION = 500, 80
INITIATORS = ("PAYER", "MERCHANT")
BUYER = {
    "title",
    "first_name",
    "last_name",
    "email",
    "mobile_phone_number",
    "landline_phone_number",
    "address1",
    "address2",
    "company_name",
    "postcode",
    "city",
    "state",
    "country",
    "language",
}
DELIVERIES = (
    "BILLING",
    "VERIFIED",
    "NEW",
    "SHIP_TO_STORE",
    "DIGITAL_GOODS",
    "TRAVEL_OR_EVENT",
    "OTHER",
)
PAYMENT = {
    "amount",
    "currency",
    "billing",
    "shipping",
    "hosted_payment",
    "notification_url",
    "metadata",
    "description",
    "save_card",
    "allow_save_card",
    "force_3ds",
    "payment_method",
    "initiator",
}


def read_payment(body: object, account: Account, payment_id: str) -> tuple[Payment, str | None]:
    """Read a payment, and the id of the saved card to charge, if any."""
    fields = Fields(body, allowed=PAYMENT)
    fields.choice("currency", ["EUR"])
    for name in ("billing", "shipping"):
        _check_buyer(fields.fields(name, allowed=BUYER | {"delivery_type"}), name)
    card = fields.optional_text("payment_method")
    saves, may_save = fields.flag("save_card"), fields.flag("allow_save_card")
    if saves and may_save:
        raise InvalidFieldError("allow_save_card", "goes without save_card")
    if card is not None:
        fields.choice("initiator", INITIATORS)
        if may_save:
            raise InvalidFieldError("allow_save_card", "is not for a saved card")
    fields.flag("force_3ds")
    metadata = read_metadata(fields)
    payment = Payment(
        id=payment_id,
        page=_read_page(fields, account),
        amount=fields.integer("amount", minimum=MIN_AMOUNT, maximum=MAX_AMOUNT),
        currency="EUR",
        reference=str(metadata.get("attempt", "")),
        description=fields.text("description", default="", max_length=LONGEST_DESCRIPTION),
        saves_card=saves,
        extra={
            "save_card": saves,
            "allow_save_card": may_save,
            "metadata": metadata,
            "billing": fields.mapping("billing") or None,
            "shipping": fields.mapping("shipping") or None,
        },
    )
    return payment, card


def read_refund(body: object, left: int) -> tuple[int, dict[str, Any]]:
    """Read how much, all that is left unless told, and the metadata."""
    fields = Fields(body, allowed={"amount", "metadata"})
    if not left:
        raise InvalidFieldError("amount", "is more than what is left, which is nothing")
    amount = fields.integer("amount", minimum=MIN_REFUND) if "amount" in fields else left
    return amount, read_metadata(fields)


def read_metadata(fields: Fields) -> dict[str, Any]:
    metadata = fields.mapping("metadata")
    for name, value in metadata.items():
        if isinstance(value, (dict, list)) or len(str(value)) > LONGEST_VALUE:
            raise InvalidFieldError("metadata", f"{name} must be short, and no object")
    return metadata


def read_page() -> tuple[int, int]:
    """Read which page, the first one being 0, and how long."""
    numbers = {
        name: int(request.args[name])
        for name in ("page", "per_page")
        if request.args.get(name, "").isdecimal()
    }
    fields = Fields({**request.args, **numbers}, allowed={"page", "per_page"})
    per_page = fields.integer("per_page", default=USUAL_PAGE, minimum=1)
    return fields.integer("page", default=0), min(per_page, LONGEST_PAGE)


def _check_buyer(fields: Fields, name_of_buyer: str) -> None:
    for name in BUYER:
        fields.optional_text(name)
    if "country" in fields and len(fields.text("country")) != 2:
        raise InvalidFieldError(f"{name_of_buyer}.country", "must be two letters of ISO 3166")
    if "delivery_type" in fields:
        fields.choice("delivery_type", DELIVERIES)


def _read_page(fields: Fields, account: Account) -> Page:
    hosted = fields.fields("hosted_payment", allowed={"return_url", "cancel_url", "sent_by"})
    has_told = "notification_url" in fields
    return Page(
        account=account,
        origin=request.host_url.rstrip("/"),
        language=known_language(fields.mapping("billing").get("language")),
        return_url=hosted.web_url("return_url"),
        cancel_url=hosted.web_url("cancel_url") if "cancel_url" in hosted else "",
        notification_url=fields.loopback_url("notification_url") if has_told else "",
    )
