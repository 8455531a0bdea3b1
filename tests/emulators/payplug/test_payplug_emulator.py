"""What PayPlug's emulator insists on, and what it answers."""

from typing import Any

import httpx
import pytest
from tests.emulators.payplug.payplug_merchant import PayplugMerchant, refusal, success
from tests.emulators.receiver import Receiver

ON_THE_PAGE = [
    ("card_declined", "card_declined"),
    ("insufficient_funds", "insufficient_funds"),
    ("3ds_declined", "3ds_declined"),
    ("fraud_suspected", "fraud_suspected"),
]


def test_somebody_is_there(payplug_url: str) -> None:
    assert httpx.get(f"{payplug_url}/test", trust_env=False).status_code == 200


def test_a_payment_waits_on_its_page(payplug: PayplugMerchant) -> None:
    payment = payplug.create()
    assert payment["hosted_payment"]["payment_url"] == (
        f"{payplug.base_url}/pay/test/{payment['id']}"
    )
    assert (payment["is_paid"], payment["failure"], payment["is_3ds"]) == (False, None, None)
    assert set(payment["card"].values()) == {None}
    assert (payment["is_live"], "status" in payment) == (False, False)


def test_a_key_is_needed(payplug: PayplugMerchant) -> None:
    refusal(payplug.http.get("/v1/payments", headers={"Authorization": "Bearer no"}), 401)


def test_so_is_the_version(payplug: PayplugMerchant) -> None:
    refusal(payplug.http.get("/v1/payments", headers={"PayPlug-Version": "2018-01-01"}))


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        ({"amount": 98}, "amount"),
        ({"amount": 12.5}, "amount"),
        ({"amount": 2_000_001}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"customer": {}}, "customer"),
        ({"save_card": True, "allow_save_card": True}, "allow_save_card"),
        ({"payment_method": "card_1"}, "initiator"),
        ({"payment_method": "card_1", "initiator": "PAYER"}, "payment_method"),
        ({"hosted_payment": {"return_url": "/return"}}, "hosted_payment"),
        ({"billing": {"country": "FRA"}}, "billing"),
        ({"metadata": {"a": {}}}, "metadata"),
        ({"notification_url": "https://shop.example.org/n"}, "notification_url"),
    ],
)
def test_a_wrong_field_is_named(
    payplug: PayplugMerchant, changes: dict[str, Any], at_fault: str
) -> None:
    assert list(refusal(payplug.post(**changes))["details"]) == [at_fault]


def test_a_card_is_saved_when_it_has_to_be(payplug: PayplugMerchant) -> None:
    assert payplug.pay(save_card=True)["card"]["id"].startswith("card_")
    assert payplug.pay()["card"]["id"] is None


def test_a_card_is_saved_when_the_learner_ticks_the_box(payplug: PayplugMerchant) -> None:
    ticked, left = (payplug.create(allow_save_card=True) for _ in range(2))
    payplug.choose(ticked, save_card="on")
    payplug.choose(left)
    assert payplug.retrieve(ticked)["card"]["id"]
    assert payplug.retrieve(left)["card"]["id"] is None


def test_an_account_may_not_be_allowed_to_save_cards(payplug: PayplugMerchant) -> None:
    payplug.instruct(can_save_cards=False)
    refusal(payplug.post(save_card=True), 403)
    account = success(payplug.http.get("/v1/account"))
    assert account["permissions"]["can_save_cards"] is False


def test_a_saved_card_is_charged_at_once(payplug: PayplugMerchant) -> None:
    charged = success(payplug.charge(payplug.saved_card()))
    assert charged["is_paid"]
    refusal(payplug.charge(payplug.saved_card(), allow_save_card=True))


@pytest.mark.parametrize(("action", "code"), [("confirm", None), ("refuse", "3ds_declined")])
def test_a_bank_may_want_the_learner(
    payplug: PayplugMerchant, action: str, code: str | None
) -> None:
    card = payplug.create(save_card=True)
    asked = payplug.choose(card, "three_d_secure")
    payplug.http.post(asked.headers["location"], data={"action": "confirm"})
    charged = success(payplug.charge(payplug.retrieve(card)["card"]["id"]))
    assert (charged["is_paid"], charged["failure"]) == (False, None)
    url = charged["hosted_payment"]["payment_url"]
    payplug.http.post(url, data={"action": action})
    seen = payplug.retrieve(charged)
    assert (seen["is_paid"], seen["is_3ds"]) == (code is None, True)
    assert (seen["failure"] or {}).get("code") == code


@pytest.mark.parametrize(("card", "code"), ON_THE_PAGE)
def test_a_payment_fails_on_its_page(payplug: PayplugMerchant, card: str, code: str) -> None:
    seen = payplug.pay(card)
    assert (seen["is_paid"], seen["failure"]["code"]) == (False, code)


def test_a_payment_is_aborted_once(payplug: PayplugMerchant) -> None:
    payment = payplug.create()
    assert success(payplug.abort(payment))["failure"]["code"] == "aborted"
    assert refusal(payplug.abort(payment))["message"] == "The payment was already aborted."
    refusal(payplug.abort(payplug.pay()))


def test_a_page_expires(payplug: PayplugMerchant) -> None:
    payment = payplug.create()
    payplug.http.post(f"/dashboard/payments/{payment['id']}/expire")
    assert payplug.retrieve(payment)["failure"]["code"] == "timeout"


def test_money_goes_back_in_parts(payplug: PayplugMerchant) -> None:
    payment = payplug.pay()
    part = success(payplug.refund(payment, amount=2000, metadata={"refund": "r-1"}))
    assert (part["amount"], part["payment_id"], part["metadata"]["refund"]) == (
        2000,
        payment["id"],
        "r-1",
    )
    assert payplug.retrieve(payment)["amount_refunded"] == 2000
    assert success(payplug.refund(payment))["amount"] == 10000
    assert payplug.retrieve(payment)["is_refunded"]
    refusal(payplug.refund(payment))


def test_too_little_and_too_much_do_not_go_back(payplug: PayplugMerchant) -> None:
    payment = payplug.pay()
    refusal(payplug.refund(payment, amount=9))
    refusal(payplug.refund(payment, amount=12001))
    refusal(payplug.refund(payplug.create(), amount=500))


def test_the_list_begins_with_the_newest(payplug: PayplugMerchant) -> None:
    made = [payplug.create()["id"] for _ in range(3)]
    pages = [success(payplug.http.get(f"/v1/payments?per_page=2&page={n}")) for n in range(3)]
    assert [[each["id"] for each in page["data"]] for page in pages] == [made[:0:-1], made[:1], []]


def test_a_card_is_forgotten_once(payplug: PayplugMerchant) -> None:
    card = payplug.saved_card()
    assert payplug.http.delete(f"/v1/cards/{card}").status_code == 204
    refusal(payplug.http.delete(f"/v1/cards/{card}"), 404)


def test_the_other_mode_sees_nothing(
    payplug: PayplugMerchant, live_payplug: PayplugMerchant
) -> None:
    payment = payplug.pay(save_card=True)
    refusal(live_payplug.http.get(f"/v1/payments/{payment['id']}"), 404)
    refusal(live_payplug.charge(payment["card"]["id"]))
    refusal(live_payplug.refund(payment), 404)
    assert success(live_payplug.http.get("/v1/payments"))["data"] == []
    assert live_payplug.create()["is_live"]


def test_what_ended_is_told_and_nobody_signs_it(
    payplug: PayplugMerchant, receiver: Receiver
) -> None:
    payment = payplug.pay()
    payplug.refund(payment, amount=500)
    first, second = (each.event for each in receiver.wait_for(2))
    assert {first["object"], second["object"]} == {"payment", "refund"}
    assert not [name for name in receiver.received[0].headers if "ignature" in name]


def test_a_notification_that_is_not_taken_comes_again(
    payplug: PayplugMerchant, receiver: Receiver
) -> None:
    receiver.answer_with(500, 503)
    payment = payplug.pay()
    assert {each.event["id"] for each in receiver.wait_for(3)} == {payment["id"]}


def test_a_dispute_is_told_to_nobody(payplug: PayplugMerchant, receiver: Receiver) -> None:
    payment = payplug.pay()
    success(payplug.http.post(f"/control/payments/{payment['id']}/disputes", json={}))
    listed = success(payplug.http.get("/control/notifications?wait=5"))
    assert [each["type"] for each in listed["data"]] == ["payment.succeeded"]


def test_the_page_shows_its_cards_in_two_languages(payplug: PayplugMerchant) -> None:
    url = payplug.create()["hosted_payment"]["payment_url"]
    assert "4242 4242 4242 4242" in payplug.http.get(url).text
    assert "Fraude soupçonnée" in payplug.http.get(f"{url}?language=fr").text
