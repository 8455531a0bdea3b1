"""Checks, schedule and retention of webhooks."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from pytest_django import Settings
from tests.docs.pages import DOCS
from tests.webhooks.listeners import listen, tell_something

from joanie.core.factories import OrderFactory
from joanie.core.services.outgoing_events import tell_of_order
from joanie.operations import site_gauges
from joanie.payment.services.cancellation import cancel_order
from joanie.payment.services.erasure import erase_learner
from joanie.webhooks.checks import check_allowed_hosts, check_this_machine_is_not_called
from joanie.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookMessage
from joanie.webhooks.schedule import TRIED_FOR, WAITS
from joanie.webhooks.services.endpoints import disable_endpoint
from joanie.webhooks.services.retention import forget_messages, settled_messages_about


def found(settings: Settings, hosts: Any) -> list[str | None]:
    settings.JOANIE = {**settings.JOANIE, "WEBHOOK_ALLOWED_HOSTS": hosts}
    return [each.id for each in (*check_allowed_hosts(), *check_this_machine_is_not_called())]


@pytest.mark.parametrize(
    "hosts",
    [
        "localhost",
        None,
        [""],
        [5],
        ["https://a.example"],
        ["a.example/b"],
        ["*"],
        ["a@b"],
        ["a:8080"],
        ["10.0.0.5:80"],
        ["[::5]"],
        ["a b"],
        ["a..b"],
        ["-a"],
        ["127.1"],
        ["0x7f000001"],
        ["a\n"],
    ],
)
def test_hosts_that_cannot_be_meant_are_an_error(settings: Settings, hosts: Any) -> None:
    assert found(settings, hosts) == ["joanie.E070"]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "Localhost",
        "a.localhost",
        "127.0.0.1",
        "127.0.0.2",
        "0.0.0.0",
        "::1",
        "::",
        "::ffff:127.0.0.1",
    ],
)
def test_this_machine_is_warned_of_where_it_is_deployed(settings: Settings, host: str) -> None:
    assert found(settings, [host, "catalogue"]) == ["joanie.W071"]


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["catalogue.internal", "10.0.0.5", "::5"],
        ("my_catalogue-1", "bücher.example", "xn--bcher-kva.example", "1.example", "2001:db8::5"),
    ],
)
def test_hosts_that_are_names_are_fine(settings: Settings, hosts: Any) -> None:
    assert found(settings, hosts) == []


def test_two_lanes_send_every_ten_seconds() -> None:
    app.perform_import_paths()
    lanes = [
        each
        for each in app.periodic_registry.periodic_tasks.values()
        if each.task.name == "joanie.webhooks.send_due_messages"
    ]
    assert {each.cron for each in lanes} == {"* * * * * */10"}
    assert len({each.configure_kwargs["lock"] for each in lanes}) == 2
    assert {each.task.queue for each in lanes} == {"webhooks"}


@pytest.mark.django_db
def test_old_messages_go_with_all_that_is_known_of_them(settings: Settings) -> None:
    listen()
    tell_something(1)
    tell_something(2)
    old, kept = WebhookMessage.objects.order_by("key")
    WebhookMessage.objects.filter(pk=old.pk).update(created_on=timezone.now() - timedelta(days=31))
    for delivery in WebhookDelivery.objects.all():
        WebhookAttempt.objects.create(
            delivery=delivery, at=timezone.now(), duration=timedelta(seconds=1), error="x"
        )
    forget_messages()
    assert [*WebhookMessage.objects.all()] == [kept]
    assert (WebhookDelivery.objects.count(), WebhookAttempt.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_learner_who_is_erased_is_named_in_no_message_that_was_sent() -> None:
    listen()
    orders = [OrderFactory(owner__username=name, state="failed") for name in ("grace", "gracela")]
    for order in orders:
        tell_of_order(order_id=order.pk, state="failed", moment=timezone.now())
        cancel_order(order)
    sent = WebhookDelivery.objects.filter(message__event_type="order.failed")
    for delivery in sent:
        delivery.deliver()
        delivery.save()
    assert erase_learner(learner=orders[0].owner)["webhook messages"] == 1
    assert '"gracela"' in WebhookMessage.objects.get(event_type="order.failed").body


@pytest.mark.django_db
def test_a_message_that_waits_for_who_is_switched_off_is_settled() -> None:
    endpoint = listen()
    order = OrderFactory(owner__username="grace", state="failed")
    tell_of_order(order_id=order.pk, state="failed", moment=timezone.now())
    assert not settled_messages_about("grace").exists()
    disable_endpoint(endpoint_id=endpoint.pk)
    assert settled_messages_about("grace").count() == 1


@pytest.mark.django_db
def test_what_waits_for_who_is_switched_off_raises_no_alarm() -> None:
    endpoint = listen()
    tell_something()
    assert count_pending() == 1
    disable_endpoint(endpoint_id=endpoint.pk)
    assert count_pending() == 0


def count_pending() -> float:
    pending = next(site_gauges.PARTS["webhooks"]())
    return float(pending.samples[0].value)


@pytest.mark.django_db
def test_messages_are_kept_for_ever_where_that_is_wanted(settings: Settings) -> None:
    settings.JOANIE = {**settings.JOANIE, "RETENTION_DAYS": {"webhooks": None}}
    listen()
    tell_something()
    WebhookMessage.objects.update(created_on=timezone.now() - timedelta(days=9999))
    assert forget_messages() == 0


def test_the_reference_says_how_long_is_waited() -> None:
    page = " ".join((DOCS / "reference/webhooks.md").read_text().split())
    *grown, last = [_in_words(wait) for wait in WAITS]
    assert f"again after {', '.join(grown)}, then every {last}" in page
    assert timedelta(days=3) == TRIED_FOR
    assert "when three days are over" in page


def _in_words(wait: timedelta) -> str:
    seconds = int(wait.total_seconds())
    for name, length in (("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            count = seconds // length
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "no time"
