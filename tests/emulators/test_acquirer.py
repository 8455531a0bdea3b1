"""What any provider gets from the kit, shown with the smallest one."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from tests.emulators.receiver import Received, Receiver
from tests.emulators.tiny_provider import (
    BACK,
    SECRETS,
    Running,
    TinyProvider,
    run_tiny,
)

from joanie.emulators.kit.acquirer.accounts import Account
from joanie.emulators.kit.acquirer.languages import known_language
from joanie.emulators.kit.acquirer.records import Payment
from joanie.emulators.kit.errors import NotFoundError

OTHER = {"Authorization": f"Bearer {SECRETS[1]}"}


class PatientProvider(TinyProvider):
    declines_are_final = False
    cancel_button_cancels = False


class ForcefulProvider(TinyProvider):
    def may_choose_to_save(self, payment: Payment) -> bool:
        return False


class PagelessProvider(TinyProvider):
    payment_path = ""
    setup_path = ""

    def actions(self, payment: Payment) -> Mapping[str, str]:
        return {"ship": "Ship it"} if "shipped" not in payment.extra else {}

    def act(self, action: str, payment: Payment) -> None:
        self.done = f"{action} {payment.id}"


@pytest.fixture
def tiny(receiver: Receiver) -> Iterator[Running]:
    with run_tiny() as tiny:
        tiny.http.put("/control/endpoint", json={"url": receiver.url})
        yield tiny


def words(received: list[Received]) -> set[str]:
    return {each.body.decode() for each in received}


def forge(tiny: Running, payment_id: str, signature: str) -> None:
    body = {"payment": payment_id, "type": "payment.succeeded", "signature": signature}
    assert tiny.http.post("/control/forge", json=body).status_code == 200


def is_signed(received: Received) -> bool:
    at, digest = received.headers["X-Signed"].split()
    key = Account(1, SECRETS[0]).derive("webhook").encode()
    message = f"{at} ".encode() + received.body
    return hmac.compare_digest(digest, hmac.new(key, message, hashlib.sha256).hexdigest())


def test_cards_and_a_notification_are_enough_for_a_provider(
    tiny: Running, receiver: Receiver
) -> None:
    payment = tiny.create()

    assert tiny.choose(payment, "good").headers["Location"] == BACK
    assert tiny.read(payment) == "succeeded None"
    assert is_signed(receiver.wait_for()[0])


def test_one_event_may_be_said_in_several_notifications(tiny: Running, receiver: Receiver) -> None:
    payment = tiny.create()

    tiny.choose(payment, "good")

    event = f"payment.succeeded {payment}"
    assert words(receiver.wait_for(2)) == {f"begin {event}", f"end {event}"}


def test_its_pages_say_whose_they_are_and_what_its_cards_do(tiny: Running) -> None:
    page = tiny.http.get(f"/pay/{tiny.create()}").text

    assert "Tiny Pay" in page
    assert "4242 4242 4242 4242" in page
    assert "no money" in page


def test_a_payment_is_found_by_its_alias_in_its_own_account_only(tiny: Running) -> None:
    payment = tiny.create(alias="session-1")

    assert tiny.http.get("/pay/session-1").status_code == 200
    assert tiny.read("session-1") == tiny.read(payment)
    assert tiny.http.get("/tiny/payments/session-1", headers=OTHER).status_code == 404


def test_errors_are_in_the_providers_own_words(tiny: Running) -> None:
    unknown = tiny.http.get("/tiny/payments/nothing")
    stranger = tiny.http.get("/tiny/payments/nothing", headers={"Authorization": "Bearer no"})

    assert (unknown.status_code, unknown.text) == (404, "<no>not_found</no>")
    assert (stranger.status_code, stranger.text) == (401, "<no>unauthorized</no>")


@pytest.mark.parametrize(
    ("status", "code"), [(401, "unauthorized"), (429, "rate_limited"), (503, "internal_error")]
)
def test_it_fails_as_told_in_its_own_words(tiny: Running, status: int, code: str) -> None:
    fault = {"operation": "read", "mode": "status", "status": status}
    tiny.http.put("/control", json={"api": {"fail": [fault]}})

    assert tiny.read("anything") == f"<no>{code}</no>"


def test_a_confirmed_challenge_may_still_be_declined(tiny: Running) -> None:
    payment = tiny.create()
    challenge = tiny.choose(payment, "late").headers["Location"]

    tiny.http.post(challenge, data={"action": "confirm"})

    assert tiny.read(payment) == "failed no_money"


def test_a_decline_that_is_not_final_leaves_the_page_open(receiver: Receiver) -> None:
    with run_tiny(PatientProvider()) as tiny:
        tiny.http.put("/control/endpoint", json={"url": receiver.url})
        payment = tiny.create()

        page = tiny.http.get(tiny.choose(payment, "poor").headers["Location"]).text

        assert "Your card was refused" in page
        assert tiny.read(payment) == "requires_payment no_money"
        assert f"begin payment.failed {payment}" in words(receiver.wait_for())
        assert tiny.choose(payment, "good").headers["Location"] == BACK


def test_a_page_may_be_left_without_canceling() -> None:
    with run_tiny(PatientProvider()) as tiny:
        payment = tiny.create()

        tiny.choose(payment, "good", action="cancel")

        assert "Cancel" not in tiny.http.get(f"/pay/{payment}").text
        assert tiny.read(payment) == "requires_payment None"


def test_a_page_that_may_not_ask_does_not_save_a_card() -> None:
    with run_tiny(ForcefulProvider()) as tiny:
        payment = tiny.create()
        page = tiny.http.get(f"/pay/{payment}").text

        tiny.choose(payment, "good", save_card="on")

        assert "save_card" not in page
        assert tiny.state.saved_cards(tiny.account) == []


def test_a_provider_may_have_no_pages() -> None:
    with run_tiny(PagelessProvider()) as tiny:
        payment = tiny.create()

        assert tiny.http.get(f"/pay/{payment}").status_code == 404
        assert "Open the page" not in tiny.http.get("/").text


def test_its_staff_may_have_buttons_of_their_own() -> None:
    provider = PagelessProvider()
    with run_tiny(provider) as tiny:
        payment = tiny.create()

        assert "Ship it" in tiny.http.get("/").text
        pressed = tiny.http.post(f"/dashboard/payments/{payment}/act", data={"action": "ship"})

        assert (pressed.status_code, provider.done) == (303, f"ship {payment}")


def test_a_button_that_is_not_there_cannot_be_pressed() -> None:
    with run_tiny(PagelessProvider()) as tiny:
        body = {"action": "burn"}

        refused = tiny.http.post(f"/control/payments/{tiny.create()}/act", json=body)

        assert refused.status_code == 400


@pytest.mark.parametrize("signature", ["wrong", "changed"])
def test_a_forged_signature_does_not_fit(
    tiny: Running, receiver: Receiver, signature: str
) -> None:
    forge(tiny, tiny.create(), signature)

    assert not is_signed(receiver.wait_for()[0])


def test_a_forged_notification_may_lack_its_signature(tiny: Running, receiver: Receiver) -> None:
    forge(tiny, tiny.create(), "missing")

    assert "X-Signed" not in receiver.wait_for()[0].headers


def test_an_old_signature_fits_its_hour(tiny: Running, receiver: Receiver) -> None:
    forge(tiny, tiny.create(), "old")

    received = receiver.wait_for()[0]
    assert is_signed(received)
    assert int(received.headers["X-Signed"].split()[0]) < tiny.state.now() - 3000


def test_nobody_is_told_without_an_address(receiver: Receiver) -> None:
    with run_tiny() as tiny:
        tiny.choose(tiny.create(), "good")

        assert tiny.http.get("/control/notifications?wait=1").json()["data"] == []


def test_an_account_is_told_at_its_own_address(tiny: Running, receiver: Receiver) -> None:
    tiny.http.put("/control/endpoint", json={"url": f"{receiver.url}/two"}, headers=OTHER)

    assert tiny.state.endpoint(tiny.account) == receiver.url
    assert tiny.state.endpoint(tiny.state.accounts.numbered(2)) == f"{receiver.url}/two"


def test_an_address_elsewhere_is_refused(tiny: Running, receiver: Receiver) -> None:
    refused = tiny.http.put("/control/endpoint", json={"url": "http://example.org/"})

    assert refused.status_code == 400
    assert tiny.state.endpoint(tiny.account) == receiver.url


def test_an_address_can_be_changed_on_the_dashboard(tiny: Running, receiver: Receiver) -> None:
    tiny.http.post("/dashboard/accounts/2/endpoint", data={"url": receiver.url})

    assert tiny.state.endpoint(tiny.state.accounts.numbered(2)) == receiver.url
    assert receiver.url in tiny.http.get("/").text


@pytest.mark.parametrize("number", [0, 3])
def test_an_account_that_does_not_exist_has_no_address(tiny: Running, number: int) -> None:
    url = f"/dashboard/accounts/{number}/endpoint"

    assert tiny.http.post(url, data={"url": "http://localhost/"}).status_code == 404


def test_the_next_life_knows_addresses_aliases_and_notes(
    tmp_path: Path, receiver: Receiver
) -> None:
    file = tmp_path / "tiny.sqlite3"
    with run_tiny(file=file) as tiny:
        tiny.http.put("/control/endpoint", json={"url": receiver.url})
        tiny.state.notes.keep("customer", "7", {"name": "Ada"}, tiny.account)
        tiny.create(alias="session-1")
    with run_tiny(file=file) as tiny:
        assert tiny.state.endpoint(tiny.account) == receiver.url
        assert tiny.state.notes.find("customer", "7", tiny.account) == {"name": "Ada"}
        assert tiny.read("session-1") == "requires_payment None"


def test_only_what_was_not_taken_of_an_event_is_sent_in_the_next_life(
    tmp_path: Path, receiver: Receiver
) -> None:
    file = tmp_path / "tiny.sqlite3"
    with run_tiny(file=file) as tiny:
        tiny.http.put("/control/endpoint", json={"url": receiver.url})
        tiny.http.put("/control", json={"notifications": {"drop": 1}})
        tiny.choose(tiny.create(), "good")
        receiver.wait_for(1)
    with run_tiny(file=file):
        first, second = receiver.wait_for(2)
    assert (first.body[:3], second.body[:5]) == (b"end", b"begin")


def test_what_is_forgotten_leaves_the_address(tmp_path: Path, receiver: Receiver) -> None:
    file = tmp_path / "tiny.sqlite3"
    with run_tiny(file=file) as tiny:
        tiny.http.put("/control/endpoint", json={"url": receiver.url})
        tiny.state.notes.keep("customer", "7", {"name": "Ada"}, tiny.account)
        tiny.http.delete("/control/state")
    with run_tiny(file=file) as tiny:
        assert tiny.state.endpoint(tiny.account) == receiver.url
        assert tiny.state.notes.all("customer", tiny.account) == []


def test_a_note_is_taken_once_and_by_its_own_account(tiny: Running) -> None:
    notes, other = tiny.state.notes, tiny.state.accounts.numbered(2)
    notes.keep("nonce", "n1", {"card": "good"}, tiny.account)

    with pytest.raises(NotFoundError):
        notes.take("nonce", "n1", other)
    assert notes.take("nonce", "n1", tiny.account) == {"card": "good"}
    with pytest.raises(NotFoundError):
        notes.take("nonce", "n1", tiny.account)


def test_derived_credentials_differ_by_account_and_purpose() -> None:
    one, two = Account(1, "one"), Account(2, "two")

    derived = {account.derive(what) for account in (one, two) for what in ("public", "private")}

    assert len(derived) == 4
    assert one.derive("public") == Account(9, "one").derive("public")


@pytest.mark.parametrize(
    ("wanted", "language"),
    [("fr", "fr"), ("fr-FR", "fr"), ("FR_ca", "fr"), ("en", "en"), ("de", "en"), (None, "en")],
)
def test_languages_nobody_speaks_are_read_as_english(wanted: str | None, language: str) -> None:
    assert known_language(wanted) == language
