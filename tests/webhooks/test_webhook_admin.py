"""Endpoints, messages and deliveries in the admin."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from tests.admin.staff import Make, boss, clerk, list_of, page_of, read
from tests.statements import captured_statements, listing
from tests.webhooks.listeners import deliveries, listen, tell_something, told

from joanie.webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookMessage
from joanie.webhooks.services.endpoints import enable_endpoint

__all__ = ["boss", "clerk"]

pytestmark = pytest.mark.django_db

ADD = "/admin/joanie_webhooks/webhookendpoint/add/"
BUTTONS = [
    ("secret", "reveal_webhook_secret"),
    ("rotate", "rotate_webhook_secret"),
    ("test", "test_webhookendpoint"),
    ("disable", "switch_webhookendpoint"),
]


def history() -> list[str]:
    return [entry.get_change_message() for entry in LogEntry.objects.order_by("action_time")]


def give_up() -> WebhookDelivery:
    listen()
    tell_something()
    delivery = WebhookDelivery.objects.get()
    delivery.give_up()
    delivery.save()
    return delivery


def switch_off_long_ago() -> None:
    moment = timezone.now() - timedelta(hours=1)
    WebhookEndpoint.objects.update(is_enabled=False, disabled_because="staff", disabled_at=moment)


def endpoint_form(**changes: Any) -> dict[str, Any]:
    return {"url": "https://catalogue.example/hooks", "description": "", **changes}


def test_an_endpoint_is_added_and_its_secret_is_offered(boss: Client) -> None:
    response = boss.post(ADD, endpoint_form(event_types=["order.failed", "order.refunded"]))
    endpoint = WebhookEndpoint.objects.get()
    assert response.headers["Location"] == page_of(endpoint, "secret")
    assert endpoint.event_types == ["order.failed", "order.refunded"]
    assert re.fullmatch(r"whsec_[\w+/]{43}=", endpoint.secret)


@pytest.mark.parametrize(
    "url",
    [
        "http://catalogue.example/",
        "https://a:b@catalogue.example/",
        "https://a]b/",
        "https://xn--/",
        "https://catalogue.example:99999/",
        "catalogue",
        "x" * 501,
    ],
)
def test_an_address_that_can_never_be_called_is_not_added(boss: Client, url: str) -> None:
    assert boss.post(ADD, endpoint_form(url=url)).status_code == 200
    assert not WebhookEndpoint.objects.exists()


def test_an_endpoint_is_changed_and_keeps_its_secret(boss: Client) -> None:
    endpoint = listen()
    assert boss.post(page_of(endpoint), endpoint_form(description="Ours")).status_code == 302
    changed = WebhookEndpoint.objects.get()
    assert (changed.description, changed.secret) == ("Ours", endpoint.secret)


def test_nothing_is_saved_but_what_was_changed(boss: Client) -> None:
    """What a receiver's answer or another page wrote meanwhile stays."""
    endpoint = listen()
    with captured_statements() as statements:
        boss.post(page_of(endpoint), endpoint_form(description="Ours"))
    (update,) = [each for each in statements if "UPDATE" in each and "_webhookendpoint" in each]
    assert update.partition(" WHERE ")[0].endswith("SET \"description\" = 'Ours'")
    boss.post(page_of(endpoint), endpoint_form(description="Ours", url="https://b.example/"))
    assert WebhookEndpoint.objects.get().url == "https://b.example/"


def test_a_list_shows_an_address_that_is_none(boss: Client) -> None:
    endpoint = listen("https://a]b/")
    assert str(endpoint.pk) in read(boss, list_of(WebhookEndpoint))


def test_the_secret_is_on_no_page_but_its_own(boss: Client) -> None:
    endpoint = listen(previous_secret="whsec_b2xk", previous_secret_until=timezone.now())
    tell_something()
    pages = [
        *(read(boss, list_of(model)) for model in (WebhookEndpoint, WebhookDelivery)),
        read(boss, page_of(endpoint)),
        read(boss, page_of(endpoint, "secret")),
        read(boss, page_of(endpoint, "delete")),
    ]
    assert not [page for page in pages if "whsec_" in page or "b2xk" in page]


def test_whoever_looks_at_the_secret_is_written_down(boss: Client) -> None:
    endpoint = listen()
    response = boss.post(page_of(endpoint, "secret"))
    assert endpoint.secret in response.content.decode().replace("&#x2B;", "+")
    assert "no-store" in response.headers["Cache-Control"]
    assert history() == ["Looked at the secret."]


@pytest.mark.parametrize(("button", "permission"), BUTTONS)
def test_a_button_is_for_those_who_have_its_permission(
    clerk: Make, button: str, permission: str
) -> None:
    address = page_of(listen(), button)
    reader, presser = clerk("view_webhookendpoint"), clerk("view_webhookendpoint", permission)
    assert reader.get(address).status_code == reader.post(address).status_code == 403
    assert presser.get(address).status_code == 200
    assert clerk(permission).post(address).status_code == 403


def test_a_secret_cannot_be_guessed_by_filtering(boss: Client) -> None:
    listen()
    address = list_of(WebhookEndpoint)
    assert boss.get(address, {"secret__startswith": "whsec_a"}).status_code == 400
    assert boss.get(address, {"previous_secret__startswith": "w"}).status_code == 400


def test_a_rotated_secret_signs_beside_the_old_one(boss: Client) -> None:
    endpoint = listen()
    boss.post(page_of(endpoint, "rotate"), {"days": 2})
    rotated = WebhookEndpoint.objects.get()
    now = timezone.now()
    assert rotated.secrets_at(now) == [rotated.secret, endpoint.secret]
    assert rotated.secrets_at(now + timedelta(days=3)) == [rotated.secret]
    assert history() == ["Rotated the secret."]


def test_a_secret_that_somebody_knows_is_good_no_more(boss: Client) -> None:
    endpoint = listen()
    boss.post(page_of(endpoint, "rotate"), {"days": 0})
    rotated = WebhookEndpoint.objects.get()
    assert rotated.secrets_at(timezone.now()) == [rotated.secret]
    assert rotated.secret != endpoint.secret


def test_a_test_event_is_sent_to_the_endpoint(boss: Client) -> None:
    boss.post(page_of(listen(), "test"))
    assert [event["type"] for event in told()] == ["joanie.test"]


def test_an_endpoint_is_switched_off_and_on_again(boss: Client) -> None:
    endpoint = listen()
    boss.post(page_of(endpoint, "disable"))
    assert WebhookEndpoint.objects.get().disabled_because == "staff"
    boss.post(page_of(endpoint, "enable"))
    assert WebhookEndpoint.objects.get().is_enabled
    assert history() == ["Switched off.", "Switched on again."]


def test_an_endpoint_that_may_be_told_something_is_not_deleted(boss: Client) -> None:
    endpoint = listen()
    for _ in range(2):
        assert "Switch this endpoint off first" in read(boss, page_of(endpoint, "delete"))
        boss.post(page_of(endpoint, "delete"), {"post": "yes"})
        assert WebhookEndpoint.objects.exists()
        boss.post(page_of(endpoint, "disable"))


def test_an_endpoint_is_deleted_with_its_deliveries_once_it_is_off_for_long(boss: Client) -> None:
    endpoint = listen()
    tell_something()
    switch_off_long_ago()
    assert boss.post(page_of(endpoint, "delete"), {"post": "yes"}).status_code == 302
    assert not WebhookEndpoint.objects.exists()
    assert (WebhookDelivery.objects.count(), WebhookMessage.objects.count()) == (0, 1)


@pytest.mark.parametrize("page", ["delete", "list"])
def test_an_endpoint_that_is_switched_on_at_that_moment_is_not_deleted(
    boss: Client, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    endpoint = listen()
    switch_off_long_ago()
    monkeypatch.setattr(
        ModelAdmin, "log_deletions", lambda *_: enable_endpoint(endpoint_id=endpoint.pk)
    )
    form = {"action": "delete_selected", "_selected_action": [endpoint.pk], "post": "yes"}
    address = list_of(WebhookEndpoint) if page == "list" else page_of(endpoint, page)
    response = boss.post(address, form, follow=True)
    assert "Switch this endpoint off first" in response.content.decode()
    assert WebhookEndpoint.objects.exists()


def test_several_endpoints_are_deleted_at_once(boss: Client) -> None:
    rows = [listen("https://one.example/"), listen("https://two.example/")]
    form = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
    boss.post(list_of(WebhookEndpoint), {**form, "post": "yes"})
    assert WebhookEndpoint.objects.count() == 2
    switch_off_long_ago()
    boss.post(list_of(WebhookEndpoint), {**form, "post": "yes"})
    assert not WebhookEndpoint.objects.exists()


def test_a_message_that_was_given_up_is_sent_again(boss: Client) -> None:
    delivery = give_up()
    boss.post(page_of(delivery, "resend"))
    assert deliveries() == [("pending", 0, None)]
    assert history() == ["Asked to send it again."]


def test_several_messages_are_sent_again_at_once(boss: Client, clerk: Make) -> None:
    delivery = give_up()
    form = {"action": "resend_all", "_selected_action": [str(delivery.pk)]}
    clerk("view_webhookdelivery").post(list_of(WebhookDelivery), form)
    assert deliveries() == [("failed", 0, None)]
    boss.post(list_of(WebhookDelivery), form)
    assert deliveries() == [("pending", 0, None)]


def test_a_message_is_shown_as_it_is_sent(boss: Client) -> None:
    give_up()
    page = read(boss, page_of(WebhookMessage.objects.get()))
    assert "&quot;type&quot;: &quot;order.validated&quot;" in page


@pytest.mark.parametrize("model", [WebhookDelivery, WebhookMessage])
def test_nobody_writes_what_services_write(boss: Client, model: Any) -> None:
    assert boss.get(f"{list_of(model)}add/").status_code == 403


@pytest.mark.parametrize("model", [WebhookEndpoint, WebhookMessage, WebhookDelivery])
def test_statements_of_a_list_do_not_grow_with_its_rows(boss: Client, model: Any) -> None:
    counts = []
    for number in range(3):
        listen(f"https://{number}.example/")
        tell_something(number)
        with captured_statements() as statements:
            read(boss, list_of(model))
        counts.append(len(statements))
    assert counts[1] == counts[2], listing(statements)


def test_an_endpoint_that_was_switched_off_waits_for_a_person(boss: Client) -> None:
    moment = timezone.now()
    listen(is_enabled=False, disabled_because="staff", disabled_at=moment)
    assert "joanie-matters" not in read(boss, "/admin/")
    gone = listen(is_enabled=False, disabled_because="gone", disabled_at=moment)
    page = read(boss, "/admin/")
    (address,) = re.findall(r'href="(/admin/joanie_webhooks/webhookendpoint/\?[^"]+)"', page)
    rows = read(boss, address.replace("&amp;", "&"))
    assert str(gone.pk) in rows
    assert rows.count('<th class="field-') == 1
