"""The walk of the demo through each provider, with the credentials that the sandbox derives."""

import io
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone
from django.utils.module_loading import import_string
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer
from tests.demo.test_demo_walk import Worker, ignore

from joanie.core.models import Order
from joanie.demo.bearer_token import sign_token
from joanie.demo.browser import Browser
from joanie.demo.catalogue import load_catalogue
from joanie.demo.counterpart import find_counterpart
from joanie.demo.exceptions import DemoFailed
from joanie.demo.learner import API, Learner
from joanie.demo.narration import Narrator
from joanie.demo.walk import Walk
from joanie.emulators.kit.acquirer.current import EXTENSION
from joanie.emulators.kit.serving import run_emulator
from joanie.emulators.management.commands.joanie_emulator import EMULATORS, default_secret
from joanie.emulators.ports import PROVIDERS
from joanie.payment.ledger.verification import verify_ledger
from joanie.payment.services.reconciliation.running import reconcile_payments
from sandbox.providers import configure_provider

CURRENCIES = {"payplug": {"EUR"}}


@pytest.fixture(params=sorted(PROVIDERS.keys() - {"dummy"}))
def provider(
    request: pytest.FixtureRequest, live_server: LiveServer, settings: Settings
) -> Iterator[tuple[str, str]]:
    """Play a provider as the command does, and be paid through it as the sandbox is."""
    name = request.param
    app = EMULATORS[name].create_app([default_secret(name)], retry_base=0.05)
    state = app.extensions[EXTENSION]
    path = f"{API}/payments/notifications/{name}/"
    state.keep_endpoint(f"{live_server.url}{path}", state.accounts.numbered(1))
    with run_emulator(app) as base_url:
        entry = configure_provider(name, settings.SECRET_KEY, base_url)
        settings.JOANIE = {
            **settings.JOANIE,
            "PAYMENT_BACKENDS": {name: entry},
            "DEFAULT_PAYMENT_BACKEND": name,
            "RECONCILE_AFTER": 0,
        }
        yield name, base_url


def test_the_whole_walk_through_each_provider(
    provider: tuple[str, str], live_server: LiveServer, tmp_path: Path
) -> None:
    name, base_url = provider
    started_at = timezone.now()
    load_catalogue(started_at.date())
    token = sign_token("learner", lasts=timedelta(minutes=10))
    learner = Learner(live_server.url, token, watch=ignore, check=Worker().work)
    browser, told = Browser(base_url, watch=ignore), io.StringIO()
    with closing(learner), closing(browser):
        Walk(
            learner,
            browser,
            Narrator(told),
            find_counterpart(),
            directory=tmp_path,
            reconcile=lambda: ignore(reconcile_payments(since=started_at)),
        ).run()
    states = Counter(Order.objects.values_list("state", flat=True))
    assert states == {"validated": 4, "refunded": 1, "canceled": 1}
    currencies = set(Order.objects.values_list("total_currency", flat=True))
    assert currencies == CURRENCIES.get(name, {"EUR", "GBP", "JPY"})
    assert len(list(tmp_path.glob("*.pdf"))) == 5
    assert list(verify_ledger()) == []


def test_a_provider_that_nobody_plays_is_refused_by_name() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"'acme': choose from dummy, stripe"):
        configure_provider("acme", "key")


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_sandbox_looks_for_a_provider_where_its_emulator_is(name: str) -> None:
    entry = configure_provider(name, "key")
    assert entry["configuration"]["base_url"] == f"http://127.0.0.1:{PROVIDERS[name]}"
    assert import_string(entry["backend"]).name == name


def test_a_backend_that_nobody_plays_cannot_be_shown(settings: Settings) -> None:
    backend = "tests.payment.backends.acme.AcmeBackend"
    settings.JOANIE = {
        **settings.JOANIE,
        "PAYMENT_BACKENDS": {"acme": {"backend": backend}},
        "DEFAULT_PAYMENT_BACKEND": "acme",
    }
    with pytest.raises(DemoFailed, match="cannot be shown"):
        find_counterpart()
