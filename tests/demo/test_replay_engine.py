"""Purchases under way, against a web server and a provider in this process."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from tests.provider import Provider

from joanie.core.enums import OrderState
from joanie.core.factories import UserFactory
from joanie.core.models import IdempotencyRecord, Order
from joanie.demo.catalogue import load_catalogue
from joanie.demo.dataset import Registration
from joanie.demo.exceptions import DemoFailed
from joanie.demo.replay import engine as engine_module
from joanie.demo.replay.clerk import Clerk, _billing_address
from joanie.demo.replay.engine import Engine
from joanie.demo.replay.outcomes import differences, read_outcomes
from joanie.demo.replay.plan import Purchase, idempotency_key, make_plan
from joanie.demo.replay.samples import Samples, find_problem
from joanie.demo.replay.sight import look
from joanie.demo.replay.steps import Step
from joanie.payment.enums import NotificationState
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.models import Payment, PaymentNotification
from joanie.payment.services.intake import process_notification
from joanie.payment.services.reconciliation import reconcile_payments

REGISTRATIONS = [
    Registration("BBB", "2013J", "1", None, 3),
    Registration("BBB", "2014J", "1", -10, None),
    Registration("EEE", "2013J", "2", -5, 20),
    Registration("GGG", "2013J", "3", -5, 20),
]

Replay = Callable[[list[Purchase]], Any]


@pytest.fixture
def plan(live_server: LiveServer) -> list[Purchase]:
    load_catalogue(timezone.now().date())
    return make_plan(REGISTRATIONS)


@pytest.fixture
def clerk(live_server: LiveServer, provider: Provider) -> Iterator[Clerk]:
    with closing(Clerk(live_server.url, provider.base_url)) as clerk:
        yield clerk


@pytest.fixture
def replay(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> Replay:
    """Give what replays a plan, in haste."""
    for name in ("LOOK_EVERY", "REPEAT_AFTER", "PAUSE"):
        monkeypatch.setattr(engine_module, name, 0.05)

    def run(plan: list[Purchase]) -> Any:
        return Engine(clerk, check=lambda: None, advance=lambda: None).run(plan)

    return run


@pytest.fixture
def hurry(
    live_server: LiveServer, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Replay]:
    """Give what replays a plan as where notifications go wrong, in haste."""
    for name in ("LOOK_EVERY", "REPEAT_AFTER", "PAUSE"):
        monkeypatch.setattr(engine_module, name, 0.05)
    monkeypatch.setattr(engine_module, "LETS_GO_AFTER", 0.3)
    with closing(Clerk(live_server.url, provider.base_url, is_hasty=True)) as clerk:

        def run(plan: list[Purchase]) -> Any:
            ignore = dict.fromkeys(("check", "advance"), lambda: None)
            return Engine(clerk, **ignore, is_hasty=True).run(plan)

        yield run


def found_by_reconciliation() -> None:
    """Ask about everything, an hour later."""
    now = timezone.now()
    reconcile_payments(now + timedelta(hours=1), since=now - timedelta(days=1))


def wrong(plan: list[Purchase]) -> list[Any]:
    return [*differences(read_outcomes(plan)), *verify_ledger()]


def test_a_plan_becomes_orders_payments_and_refunds(plan: list[Purchase], replay: Replay) -> None:
    assert replay(plan) == {}
    assert wrong(plan) == []
    states = Order.objects.order_by("created_on").values_list("owner__username", "state")
    assert sorted(states) == [
        ("oulad-1", OrderState.REFUNDED),
        ("oulad-1", OrderState.VALIDATED),
        ("oulad-2", OrderState.REFUNDED),
        ("oulad-3", OrderState.VALIDATED),
    ]


def test_a_plan_replayed_again_changes_nothing(plan: list[Purchase], replay: Replay) -> None:
    replay(plan)
    before = look(plan)
    replay(plan)
    assert look(plan) == before


def test_an_order_that_was_not_paid_is_paid(
    plan: list[Purchase], replay: Replay, clerk: Clerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Clerk, "_press_pay", lambda *_: 303)
        clerk.take(Step.ORDER, plan[0], None, 0)
    replay(plan)
    assert wrong(plan) == []
    assert Payment.objects.filter(order__owner__username="oulad-1").count() == 2


def test_a_notification_of_a_payment_that_was_lost_is_made_up_for(
    plan: list[Purchase], replay: Replay, provider: Provider
) -> None:
    provider.instruct(notifications={"drop": True})
    stays = [each for each in plan if not each.is_given_back]
    assert replay(stays) == {}
    assert wrong(stays) == []


def test_a_page_that_the_provider_forgot_is_followed_by_another(
    plan: list[Purchase], replay: Replay, clerk: Clerk, provider: Provider
) -> None:
    provider.instruct(notifications={"drop": True})
    clerk.take(Step.ORDER, plan[0], None, 0)
    provider.http.delete("/control/state")
    provider.http.delete("/control")
    replay(plan)
    assert wrong(plan) == []


def test_money_that_is_on_its_way_back_is_not_given_back_twice(
    plan: list[Purchase], replay: Replay, clerk: Clerk, provider: Provider
) -> None:
    provider.instruct(notifications={"hold": True})
    clerk.take(Step.ORDER, plan[0], None, 0)
    provider.http.post("/control/release")
    provider.deliver()
    for _ in range(2):
        clerk.take(Step.REFUND, plan[0], look(plan)[plan[0].name], 0)
    provider.http.post("/control/release")
    provider.http.delete("/control")
    provider.deliver()
    assert wrong(plan[:1]) == []


def test_a_key_whose_request_was_cut_short_does_not_hold_up(
    plan: list[Purchase], replay: Replay
) -> None:
    body = {
        "course": "BBB",
        "product": str(plan[0].product_id),
        "billing_address": _billing_address(plan[0]),
    }
    IdempotencyRecord.objects.create(
        owner=UserFactory(username=plan[0].username),
        key=idempotency_key(plan[0], Step.ORDER, "/0"),
        method="POST",
        path="/api/v1.0/orders/",
        request_sha256=sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        lease_expires_at=timezone.now() + timedelta(minutes=1),
    )
    replay(plan[:1])
    assert wrong(plan[:1]) == []


def test_in_haste_what_is_not_told_is_left_to_reconciliation(
    plan: list[Purchase], hurry: Replay, provider: Provider
) -> None:
    provider.instruct(notifications={"drop": True})
    assert hurry(plan[:1]) == {}
    assert look(plan)[plan[0].name].state == OrderState.PENDING
    found_by_reconciliation()
    assert look(plan)[plan[0].name].state == OrderState.VALIDATED
    hurry(plan[:1])
    assert look(plan)[plan[0].name].state == OrderState.VALIDATED
    found_by_reconciliation()
    assert wrong(plan[:1]) == []


def test_in_haste_money_goes_back_before_the_shop_has_heard_of_it(
    hurry: Replay, provider: Provider, live_server: LiveServer
) -> None:
    load_catalogue(timezone.now().date())
    (early,) = make_plan([Registration("BBB", "2013J", "1", -10, -3)])
    provider.instruct(notifications={"hold": True})
    hurry([early])
    provider.instruct(notifications={"reorder": True})
    assert provider.http.post("/control/release").json() == {"released": 2}
    provider.deliver()
    late = PaymentNotification.objects.get(state=NotificationState.FAILED)
    assert process_notification(late) == NotificationState.PROCESSED
    assert wrong([early]) == []


def test_a_purchase_that_is_refused_is_given_up_with_the_reason(
    plan: list[Purchase], replay: Replay
) -> None:
    unknown = Purchase(plan[0].registration, uuid.uuid4(), plan[0].price, is_sampled=False)
    given_up = replay([unknown, *plan[1:]])
    assert list(given_up) == [unknown]
    assert "no such product" in given_up[unknown]
    assert wrong(plan[1:]) == []


def test_many_that_are_refused_end_the_replay(
    plan: list[Purchase], replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "MOST_GIVEN_UP", 1)
    unknown = Purchase(plan[0].registration, uuid.uuid4(), plan[0].price, is_sampled=False)
    with pytest.raises(DemoFailed, match=r"BBB 2013J, student 1: .* 400"):
        replay([unknown])


def test_a_purchase_that_gets_no_further_is_given_up(
    plan: list[Purchase], replay: Replay, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "PATIENCE", 0.3)
    provider.instruct(api={"fail": [{"operation": "create_payment", "mode": "status"}]})
    given_up = replay(plan[:1])
    assert "pending after" in given_up[plan[0]]
    assert "503" in given_up[plan[0]]


def test_what_is_not_as_the_data_says_is_named(plan: list[Purchase], replay: Replay) -> None:
    replay(plan[:1])
    found = dict(differences(read_outcomes(plan[:2])))
    assert list(found) == [plan[1]]
    assert "orders nothing instead of 1" in found[plan[1]]
    assert "amount in nothing instead of 120" in found[plan[1]]


def test_documents_are_downloaded_and_read(
    plan: list[Purchase], replay: Replay, clerk: Clerk, tmp_path: Path
) -> None:
    replay(plan[:1])
    samples = Samples(clerk, tmp_path, advance=lambda: None)
    seen = look(plan)[plan[0].name]
    assert samples.download([(plan[0], seen)]) == {plan[0]: []}
    assert sorted(file.name[:2] for file in tmp_path.glob("*.pdf")) == ["CN", "PF"]
    (file,) = tmp_path.glob("PF-*.pdf")
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": 'attachment; filename="PF-1.pdf"',
    }
    other = httpx.Response(200, content=file.read_bytes(), headers=headers)
    assert find_problem(other, "PF-1") == "does not show its reference"
    assert "no PDF" in find_problem(httpx.Response(200, text="no", headers=headers), "PF-1")
    assert "another name" in find_problem(other, "PF-2")
    assert "text/plain" in find_problem(httpx.Response(200, text="no"), "PF-1")
