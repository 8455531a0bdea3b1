"""How messages are sent, and what comes of it."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError
from tests.common.tiny_server import ANSWERS, TinyServer
from tests.concurrency import at_once, winners
from tests.statements import captured_statements, listing
from tests.webhooks.listeners import deliveries, let_time_pass, listen, send, tell_something

from joanie.common.exceptions import Refused
from joanie.webhooks.enums import EventType
from joanie.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from joanie.webhooks.schedule import LONGEST_REST, TRIED_FOR, find_next_attempt, find_rest
from joanie.webhooks.services import endpoints
from joanie.webhooks.services.deliveries import send_again
from joanie.webhooks.services.telling import Event, tell

pytestmark = pytest.mark.django_db


def requests_to(server: TinyServer) -> list[dict[str, str]]:
    return [headers for _method, _path, headers, _body in server.requests]


def test_a_message_is_taken_when_the_answer_is_2xx(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/204")
    tell_something()
    assert send() == 1
    assert deliveries() == [("delivered", 1, 204)]
    ((method, path, headers, body),) = server.requests
    assert (method, path, headers["Content-Type"]) == ("POST", "/204", "application/json")
    assert Webhook(endpoint.secret).verify(body, headers)["type"] == "order.validated"


def test_a_body_that_was_changed_on_the_way_is_not_believed(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/200")
    tell_something()
    send()
    ((_method, _path, headers, body),) = server.requests
    with pytest.raises(WebhookVerificationError):
        Webhook(endpoint.secret).verify(body.replace(b"validated", b"canceled"), headers)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 404, 429, 500, 503])
def test_any_other_answer_is_a_failure(server: TinyServer, status: int) -> None:
    listen(f"{server.url}/{status}")
    tell_something()
    assert send() == 1
    assert deliveries() == [("pending", 1, status)]
    assert [path for _method, path, *_rest in server.requests] == [f"/{status}"]


@pytest.mark.parametrize("path", ["/silent", "/slow-headers"])
def test_an_answer_is_not_waited_for_longer_than_the_limit(server: TinyServer, path: str) -> None:
    listen(server.url + path)
    tell_something()
    started = time.monotonic()
    send()
    assert time.monotonic() - started < 3
    assert deliveries() == [("pending", 1, None)]


def test_a_slow_body_does_not_matter(server: TinyServer) -> None:
    listen(f"{server.url}/slow-body")
    tell_something()
    send()
    assert deliveries() == [("delivered", 1, 200)]


def test_what_nobody_listens_on_is_a_failure(loopback_allowed: None) -> None:
    listen("http://127.0.0.1:9/")
    tell_something()
    send()
    assert WebhookAttempt.objects.get().error == "No answer: ConnectError."


def test_what_is_wrong_is_kept_in_a_line_of_limited_length(
    server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = (500, "text/plain", b"Sorry,\r\n\x00\x1b[31m no. " + b"x" * 5_000_000)
    monkeypatch.setitem(ANSWERS, "/huge", answer)
    listen(f"{server.url}/huge")
    tell_something()
    send()
    error = WebhookAttempt.objects.get().error
    assert error.startswith("Status 500. Sorry, [31m no. xxx")
    assert len(error) == 500


def test_each_attempt_has_the_same_id_and_the_same_bytes(server: TinyServer) -> None:
    listen(f"{server.url}/500")
    tell_something()
    for _ in range(3):
        send()
        let_time_pass(timedelta(hours=1))
    sent = requests_to(server)
    assert len(sent) == 3
    assert len({headers["webhook-id"] for headers in sent}) == 1
    assert {body for *_rest, body in server.requests} == {server.requests[0][3]}


def test_what_failed_is_tried_again_later_and_then_taken(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/500")
    tell_something()
    assert [send(), send()] == [1, 0]
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=f"{server.url}/200")
    let_time_pass(timedelta(hours=1))
    assert send() == 1
    assert deliveries() == [("delivered", 2, 200)]
    assert WebhookEndpoint.objects.get().failures_in_a_row == 0


def test_what_is_never_taken_is_given_up_after_three_days(server: TinyServer) -> None:
    listen(f"{server.url}/500")
    tell_something()
    let_time_pass(timedelta(days=2))
    send()
    assert deliveries() == [("pending", 1, 500)]
    let_time_pass(timedelta(days=1))
    send()
    assert deliveries() == [("failed", 2, 500)]


def test_410_ends_it_and_switches_the_endpoint_off(server: TinyServer) -> None:
    listen(f"{server.url}/410")
    tell_something(1)
    tell_something(2)
    assert send() == 1
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.is_enabled, endpoint.disabled_because) == (False, "gone")
    assert sorted(deliveries()) == [("failed", 1, 410), ("pending", 0, None)]
    let_time_pass()
    assert send() == 0


def test_an_endpoint_that_nothing_reaches_any_more_is_switched_off(server: TinyServer) -> None:
    listen(f"{server.url}/500")
    for number in range(6):
        tell_something(number)
    for _ in range(6):
        let_time_pass(TRIED_FOR)
        send()
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.is_enabled, endpoint.disabled_because) == (False, "failing")
    assert WebhookDelivery.objects.filter(state="failed").count() == 5


def test_an_endpoint_switched_on_again_is_sent_what_waited(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/200")
    tell_something()
    endpoints.disable_endpoint(endpoint_id=endpoint.pk)
    assert send() == 0
    endpoints.enable_endpoint(endpoint_id=endpoint.pk)
    assert send() == 1


def test_what_waited_for_days_is_sent_at_once_and_tried_anew(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/500")
    tell_something()
    send()
    planned = timezone.now() + timedelta(hours=12)
    WebhookDelivery.objects.update(
        next_attempt_at=planned, queued_at=planned - TRIED_FOR, attempts=9
    )
    endpoints.disable_endpoint(endpoint_id=endpoint.pk)
    endpoints.enable_endpoint(endpoint_id=endpoint.pk)
    assert send() == 1
    assert deliveries() == [("pending", 1, 500)]
    assert WebhookDelivery.objects.get().queued_at < timezone.now()


def test_to_switch_on_what_is_on_plans_nothing_anew(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/400")
    tell_something()
    send()
    endpoints.enable_endpoint(endpoint_id=endpoint.pk)
    assert send() == 0


def test_an_endpoint_is_deleted_an_hour_after_it_was_switched_off() -> None:
    endpoint = listen()
    for _ in range(2):
        with pytest.raises(endpoints.EndpointInUse):
            endpoints.delete_endpoint(endpoint_id=endpoint.pk)
        endpoints.disable_endpoint(endpoint_id=endpoint.pk)
    WebhookEndpoint.objects.update(disabled_at=timezone.now() - timedelta(hours=1))
    endpoints.delete_endpoint(endpoint_id=endpoint.pk)
    assert not WebhookEndpoint.objects.exists()


def test_a_dead_endpoint_costs_one_call_and_is_left_alone(server: TinyServer) -> None:
    listen(f"{server.url}/silent")
    lively = listen(f"{server.url}/200")
    for number in range(5):
        tell_something(number)
    assert send() == 6
    assert deliveries(endpoint=lively) == [("delivered", 1, 200)] * 5
    assert [path for _method, path, *_rest in server.requests].count("/silent") == 1


def test_a_bad_message_does_not_stand_before_the_others(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/400")
    tell_something(1)
    send()
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(url=f"{server.url}/200")
    tell_something(2)
    WebhookEndpoint.objects.update(available_at=timezone.now())
    assert send() == 1
    assert deliveries() == [("pending", 1, 400), ("delivered", 1, 200)]


def test_messages_that_are_refused_keep_no_other_waiting(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/404")
    for number in range(3):
        tell_something(number)
    assert send() == 3
    assert deliveries() == [("pending", 1, 404)] * 3
    assert WebhookEndpoint.objects.due(timezone.now()).count() == 0
    tell_something(4)
    assert WebhookEndpoint.objects.due(timezone.now()).get() == endpoint


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
def test_what_would_befall_the_next_message_too_ends_the_turn(
    server: TinyServer, status: int
) -> None:
    listen(f"{server.url}/{status}")
    tell_something(1)
    tell_something(2)
    assert send() == 1
    assert WebhookEndpoint.objects.get().available_at > timezone.now()


def test_a_receiver_that_asks_for_an_hour_has_it(
    server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = server.RequestHandlerClass
    end_headers = handler.end_headers

    def ask_for_an_hour(request: Any) -> None:
        request.send_header("Retry-After", "3600")
        end_headers(request)

    monkeypatch.setattr(handler, "end_headers", ask_for_an_hour)
    listen(f"{server.url}/503")
    tell_something()
    send()
    soon = timezone.now() + timedelta(minutes=59)
    assert WebhookDelivery.objects.get().next_attempt_at > soon
    assert WebhookEndpoint.objects.get().available_at > timezone.now() + LONGEST_REST * 0.9


@pytest.mark.parametrize("url", ["https://a]b/", "https://xn--/", "https://a.example:99999/"])
def test_an_address_that_was_never_one_is_a_failed_attempt(url: str) -> None:
    endpoint = listen(url)
    tell_something()
    assert send() == 1
    assert deliveries() == [("pending", 1, None)]
    assert str(endpoint)


def test_a_sent_message_is_sent_again_byte_for_byte(server: TinyServer) -> None:
    listen(f"{server.url}/200")
    tell_something()
    send()
    send_again(delivery_id=WebhookDelivery.objects.get().pk)
    send()
    first, second = server.requests
    assert first[3] == second[3]
    assert first[2]["webhook-id"] == second[2]["webhook-id"]


def test_what_waits_is_not_sent_again(server: TinyServer) -> None:
    listen(f"{server.url}/200")
    tell_something()
    with pytest.raises(Refused):
        send_again(delivery_id=WebhookDelivery.objects.get().pk)


def test_a_given_up_message_has_three_days_anew(server: TinyServer) -> None:
    listen(f"{server.url}/500")
    tell_something()
    let_time_pass(TRIED_FOR)
    send()
    send_again(delivery_id=WebhookDelivery.objects.get().pk)
    let_time_pass(timedelta(days=1))
    send()
    assert deliveries() == [("pending", 1, 500)]


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_sends(server: TinyServer) -> None:
    listen(f"{server.url}/200")
    for number in range(10):
        tell_something(number)
    assert sum(winners(at_once(send, send, send))) == 10
    ids = [headers["webhook-id"] for headers in requests_to(server)]
    assert len(set(ids)) == len(ids) == 10


def test_an_endpoint_that_a_worker_holds_is_left_to_it_until_its_lease_is_over(
    server: TinyServer,
) -> None:
    endpoint = listen(f"{server.url}/200", available_at=timezone.now() + timedelta(seconds=60))
    tell_something()
    assert send() == 0
    let_time_pass(timedelta(seconds=61))
    assert send() == 1
    assert deliveries(endpoint=endpoint) == [("delivered", 1, 200)]


def test_a_test_event_is_sent_to_who_asks_for_other_things(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/200", event_types=["order.failed"])
    endpoints.send_test_event(endpoint_id=endpoint.pk)
    assert send() == 1
    assert b'"joanie.test"' in server.requests[0][3]


def test_nothing_is_tested_at_an_endpoint_that_is_switched_off() -> None:
    endpoint = listen()
    endpoints.disable_endpoint(endpoint_id=endpoint.pk)
    with pytest.raises(endpoints.EndpointDisabled):
        endpoints.send_test_event(endpoint_id=endpoint.pk)


def test_statements_for_a_message_do_not_grow_with_those_that_wait(server: TinyServer) -> None:
    endpoint = listen(f"{server.url}/500")
    tell_something()
    waiting = WebhookDelivery.objects.get()
    counts = []
    for more in (0, 10_000):
        _make_waiting(endpoint, waiting, more)
        with captured_statements() as statements:
            assert send() == 1
        counts.append(len(statements))
        let_time_pass(timedelta(hours=1))
    assert counts[0] == counts[1] <= 12, listing(statements)


def _make_waiting(endpoint: WebhookEndpoint, like: WebhookDelivery, count: int) -> None:
    kind = EventType.ORDER_FAILED
    tell(kind, [Event(kind, f"many:{n}", like.queued_at, {}) for n in range(count)])


@pytest.mark.parametrize("attempts", range(1, 20))
def test_the_wait_grows_and_ends_after_three_days(attempts: int) -> None:
    now = timezone.now()
    later = find_next_attempt(attempts=attempts, queued_at=now, now=now)
    assert later is not None
    assert timedelta(seconds=5) <= later - now <= timedelta(hours=14)
    nearly = now - TRIED_FOR + timedelta(minutes=1)
    last = find_next_attempt(attempts=attempts, queued_at=nearly, now=now)
    assert last is not None
    assert last <= nearly + TRIED_FOR
    assert find_next_attempt(attempts=attempts, queued_at=now - TRIED_FOR, now=now) is None


def test_a_message_waits_as_long_as_the_receiver_asks_within_the_schedule() -> None:
    now = timezone.now()
    waits = []
    for asked in (timedelta(seconds=1), timedelta(hours=1), timedelta(days=400)):
        later = find_next_attempt(attempts=1, queued_at=now, now=now, asked=asked)
        assert later is not None
        waits.append(later - now)
    assert waits[0] < timedelta(seconds=6)
    assert timedelta(hours=1) <= waits[1] <= timedelta(hours=1.1)
    assert timedelta(hours=12) <= waits[2] <= timedelta(hours=13.2)


def test_an_endpoint_rests_as_long_as_it_asks_up_to_a_limit() -> None:
    rests = [find_rest(1, asked=timedelta(minutes=each)) for each in (0, 2, 60)]
    assert rests == [timedelta(seconds=5), timedelta(minutes=2), LONGEST_REST]


def test_an_endpoint_rests_longer_with_each_failure_up_to_a_limit() -> None:
    rests = [find_rest(failures) for failures in (1, 2, 3, 50)]
    assert rests == [timedelta(seconds=each) for each in (5, 10, 20)] + [LONGEST_REST]


def test_no_secret_is_shown_by_a_row() -> None:
    endpoint = listen("https://user.example/a-key-in-the-path")
    assert endpoint.secret not in repr(endpoint)
    assert str(endpoint) == "https://user.example"


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_deleted_while_it_is_sent_to_takes_its_deliveries_along(
    server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(f"{server.url}/200")
    tell_something()
    handler = server.RequestHandlerClass
    answer = handler._answer

    def answer_late(request: Any, *arguments: Any) -> None:
        WebhookEndpoint.objects.all().delete()
        connection.close()
        answer(request, *arguments)

    monkeypatch.setattr(handler, "_answer", answer_late)
    assert send() == 1
    assert not WebhookDelivery.objects.exists()
