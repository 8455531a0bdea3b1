"""A project with other currencies, languages, keys and time, and a transaction around requests."""

from collections.abc import Callable

import httpx
from tests.hosts.shops import Host, order, wait_until
from tests.provider import Json, Provider
from tests.system.learner import ADDRESS, Learner, text_of

SETTINGS = """
CURRENCIES = ["JPY", "XAF"]
DEFAULT_CURRENCY = "XAF"
LANGUAGES = [("de", "Deutsch"), ("fr", "Français"), ("ja", "日本語")]
LANGUAGE_CODE = "de"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
TIME_ZONE = "Asia/Tokyo"
APPEND_SLASH = False
MEDIA_ROOT = BASE_DIR / "media"
USE_THOUSAND_SEPARATOR = True
MIDDLEWARE.insert(2, "django.middleware.locale.LocaleMiddleware")
"""
IN_YEN = {
    '"price": 120.00': '"price": 12000',
    '"price_currency": "EUR"': '"price_currency": "JPY"',
}


def test_a_project_with_other_money_languages_and_transactions_sells_a_course(
    make_host: Callable[..., Host], make_learner: Callable[..., Learner], provider: Provider
) -> None:
    host = make_host(added_settings=SETTINGS, is_atomic=True)
    host.open(IN_YEN)
    assert host.find_missing_migrations() == "No changes detected"
    assert not {each for each in host.check_for_deployment() if "security" not in each}
    learner = make_learner(host, language="fr")
    placed = order(learner).json()
    provider.pay(placed["payment_info"]["url"], card="declined")
    wait_until(learner, placed["id"], "failed")
    provider.fail("create_payment", "status", status=500)
    down = pay_again(learner, placed)
    assert (down.status_code, down.json()["order_id"]) == (503, placed["id"])
    provider.pay(pay_again(learner, placed).json()["payment_info"]["url"])
    said = text_of(learner.document(wait_until(learner, placed["id"], "validated")))
    for expected in (
        "Facture pro forma",
        "Botany for beginners",
        "First Last-Ōsaka",
        "12 000 JPY",
    ):
        assert expected in said
    assert len(learner.read("/orders/")["results"]) == 1


def pay_again(learner: Learner, placed: Json) -> httpx.Response:
    body = {"billing_address": ADDRESS}
    return learner.http.post(f"/orders/{placed['id']}/payments/", json=body)
