"""What a backend says of itself, its settings, and two accounts side by side."""

import pytest

from joanie.common.exceptions import ProviderRejected
from joanie.payment.backends.base import BasePaymentBackend
from joanie.payment.backends.types import Capability, Flow
from joanie.payment.checks import check_payment_backends
from joanie.payment.conformance.harness import Feature, Harness
from joanie.payment.conformance.shop import ALIASES, Shop, at_once
from joanie.payment.models import Payment, PaymentNotification

needs = pytest.mark.needs

# What a provider has, and the capability that makes use of it.
MADE_USE_OF = {
    Feature.SIGNS: Capability.AUTHENTICATE,
    Feature.EVENT_IDS: Capability.EVENT_ID,
    Feature.CHALLENGES_ADDRESS: Capability.ANSWER_CHALLENGE,
    Feature.SAVES_WITHOUT_BUYING: Capability.TOKENIZE,
    Feature.CLIENT_TOKENS: Capability.CLIENT_TOKEN,
    Feature.FINDS_LOST_CREATIONS: Capability.FIND,
    Feature.LISTS: Capability.LIST,
    Feature.READS: Capability.RETRIEVE,
    Feature.REFUNDS: Capability.REFUND,
}


def test_its_settings_and_its_class_pass_the_checks(shop: Shop) -> None:
    """how-money-moves.md §1, a bad entry is a system-check error; capabilities are declared."""
    assert [str(fault) for fault in check_payment_backends()] == []


def test_a_missing_setting_is_named(backend: type[BasePaymentBackend], harness: Harness) -> None:
    """how-money-moves.md §1, not a 500 at checkout."""
    configuration = harness.configuration()
    for name in set(configuration) - harness.optional_settings:
        rest = {key: value for key, value in configuration.items() if key != name}
        assert any(name in fault for fault in backend.find_faults(rest)), name


def test_it_makes_use_of_what_its_provider_has(
    backend: type[BasePaymentBackend], harness: Harness
) -> None:
    """how-money-moves.md §1, capabilities are declared, never guessed."""
    has = {feature: feature not in harness.lacks for feature in Feature}
    for feature, capability in MADE_USE_OF.items():
        assert has[feature] == backend.can(capability), feature.value
    assert has[Feature.ONE_CLICK] == backend.supports_one_click
    assert has[Feature.HOSTED_PAGE] == (backend.flow != Flow.CLIENT_TOKEN)


def test_it_shows_no_secret(shop: Shop) -> None:
    """how-money-moves.md §1, repr and logs show no secret."""
    backend = shop.build()
    shown = f"{backend!r} {backend} {getattr(backend, 'client', '')!r}"
    assert [secret for secret in shop.harness.secrets() if secret in shown] == []


@needs(Feature.READS)
def test_two_accounts_at_once_never_mix(shop: Shop) -> None:
    """how-money-moves.md §1, two accounts in two threads; §6, two accounts at once."""
    products = [(alias, shop.product()) for alias in ALIASES * 4]
    at_once(
        *[lambda a=alias, p=product: shop.order(alias=a, product=p) for alias, product in products]
    )
    shop.harness.deliver()
    assert Payment.objects.count() == 8
    for payment in Payment.objects.all():
        found = shop.build(payment.backend).retrieve_payment(payment.provider_reference)
        assert found is not None
        assert found.reference == payment.provider_reference


@needs(Feature.READS)
def test_an_account_does_not_see_payments_of_the_other(shop: Shop) -> None:
    """how-money-moves.md §1, references are unique per alias."""
    reference = shop.buy(alias="second").reference
    try:
        found = shop.build("first").retrieve_payment(reference)
    except ProviderRejected:
        found = None
    assert found is None


@needs(Feature.HOSTED_PAGE, Feature.NOTIFIES_OF_PAYMENTS)
def test_equal_references_of_two_accounts_are_two_payments(shop: Shop) -> None:
    """how-money-moves.md §1, (alias, reference) is unique."""
    theirs = shop.order(alias="second")
    ours = shop.order(alias="first")
    Payment.objects.filter(order=theirs.order_id).update(provider_reference=ours.reference)
    shop.pay(ours)
    assert (ours.state, ours.lines) == ("validated", [shop.price])
    assert (theirs.state, theirs.lines) == ("pending", [])
    assert set(PaymentNotification.objects.values_list("backend", flat=True)) == {"first"}
