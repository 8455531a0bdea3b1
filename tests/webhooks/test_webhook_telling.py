"""What is written down when something is to be told."""

import pytest
from django.db import transaction
from tests.concurrency import at_once, winners
from tests.statements import captured_statements, listing
from tests.webhooks.listeners import MOMENT, deliveries, listen, tell_something, told

from joanie.webhooks.enums import EventType
from joanie.webhooks.models import WebhookDelivery, WebhookMessage
from joanie.webhooks.services.endpoints import (
    EndpointInUse,
    delete_endpoint,
    disable_endpoint,
)
from joanie.webhooks.services.telling import Event, tell

pytestmark = pytest.mark.django_db


def test_without_an_endpoint_nothing_is_written_in_one_statement() -> None:
    with captured_statements() as statements:
        assert tell_something() == 0
    assert len(statements) == 1, listing(statements)
    assert not WebhookMessage.objects.exists()


def test_each_endpoint_has_a_delivery_of_the_same_message() -> None:
    listen("https://one.example/")
    listen("https://two.example/")
    assert tell_something() == 1
    assert deliveries() == [("pending", 0, None)] * 2
    assert told() == [
        {"type": "order.validated", "timestamp": "2026-11-21T10:00:00Z", "data": {"id": 1}}
    ]


def test_what_is_told_twice_is_one_message() -> None:
    listen()
    assert [tell_something(), tell_something()] == [1, 0]
    assert deliveries() == [("pending", 0, None)]


def test_an_endpoint_that_comes_later_hears_nothing_of_what_was_told_before() -> None:
    listen("https://one.example/")
    tell_something()
    late = listen("https://two.example/")
    tell_something()
    assert deliveries(endpoint=late) == []


def test_an_endpoint_is_told_what_it_asks_for() -> None:
    choosy = listen("https://one.example/", event_types=["order.failed", "order.canceled"])
    curious = listen("https://two.example/")
    tell_something()
    tell_something(event_type=EventType.ORDER_FAILED)
    assert (len(deliveries(endpoint=choosy)), len(deliveries(endpoint=curious))) == (1, 2)


def test_nothing_is_written_for_an_endpoint_that_is_switched_off() -> None:
    listen(is_enabled=False, disabled_because="staff", disabled_at=MOMENT)
    assert tell_something() == 0


def test_statements_do_not_grow_with_events_and_endpoints() -> None:
    for number in range(20):
        listen(f"https://{number}.example/")
    kind = EventType.PRODUCT_CHANGED
    events = [Event(kind, f"{kind}:{number}", MOMENT, {"id": number}) for number in range(40)]
    with captured_statements() as statements:
        assert tell(kind, events) == 40
    assert len(statements) == 4, listing(statements)
    assert WebhookDelivery.objects.count() == 800


@pytest.mark.django_db(transaction=True)
def test_what_is_told_twice_at_once_is_one_message() -> None:
    listen()
    winners(at_once(tell_something, tell_something, tell_something))
    assert deliveries() == [("pending", 0, None)]


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_is_not_deleted_before_what_is_being_told_is_written_down() -> None:
    endpoint = listen()

    def switch_off_and_delete() -> None:
        disable_endpoint(endpoint_id=endpoint.pk)
        delete_endpoint(endpoint_id=endpoint.pk)

    with transaction.atomic():
        tell_something()
        assert winners(at_once(switch_off_and_delete), EndpointInUse) == []
    assert deliveries(endpoint=endpoint) == [("pending", 0, None)]


def test_a_text_in_any_script_is_sent_as_it_is() -> None:
    listen()
    kind = EventType.PRODUCT_CHANGED
    tell(kind, [Event(kind, "key", MOMENT, {"courses": ["数学", 'quote"d']})])
    assert told()[0]["data"] == {"courses": ["数学", 'quote"d']}
