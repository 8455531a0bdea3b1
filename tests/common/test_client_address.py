"""Whose address counts, behind none, one or two proxies of ours."""

from typing import Any

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from joanie.common.client_address import find_client_address, network_of

PROXY, LEARNER = "10.0.0.1", "93.184.216.34"


def find(
    settings: Settings, proxies: int, forwarded: str | None = None, remote: str = PROXY
) -> Any:
    settings.JOANIE = {**settings.JOANIE, "PROXY_COUNT": proxies}
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    return find_client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote))


@pytest.mark.parametrize("claimed", [None, "", LEARNER, "1.1.1.1, 2.2.2.2", "::1"])
def test_without_proxies_nothing_that_is_claimed_counts(
    settings: Settings, claimed: str | None
) -> None:
    assert find(settings, 0, claimed, remote=LEARNER) == LEARNER


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (1, LEARNER, LEARNER),
        (1, f"1.1.1.1, {LEARNER}", LEARNER),
        (1, f"1.1.1.1,,, {LEARNER} ", LEARNER),
        (2, f"{LEARNER}, 10.0.0.2", LEARNER),
        (2, f"1.1.1.1, 2.2.2.2, {LEARNER}, 10.0.0.2", LEARNER),
        (2, LEARNER, LEARNER),
        (1, f"{LEARNER}:51234", LEARNER),
        (1, "2001:db8::0001", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, f"::ffff:{LEARNER}", LEARNER),
    ],
)
def test_the_entry_of_our_outermost_proxy_counts(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    assert find(settings, proxies, forwarded) == address


@pytest.mark.parametrize(
    "forwarded",
    [None, "", " ", "unknown", "_hidden", "1.1.1", "999.1.1.1", "1.1.1.1, é", "[", ":"],
)
def test_a_proxy_that_names_nobody_is_taken_itself(
    settings: Settings, forwarded: str | None
) -> None:
    assert find(settings, 1, forwarded) == PROXY


@pytest.mark.parametrize("remote", [PROXY, "127.0.0.1", "::1", "::ffff:10.0.0.1", "fd00::1"])
def test_a_proxy_that_is_not_counted_is_not_taken_for_all_its_clients(
    settings: Settings, remote: str
) -> None:
    assert find(settings, 0, LEARNER, remote=remote) is None


@pytest.mark.parametrize("remote", ["", "unix:", "/run/joanie.sock"])
def test_a_socket_has_no_address(settings: Settings, remote: str) -> None:
    assert find(settings, 0, remote=remote) is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("93.184.216.34", "93.184.216.34", True),
        ("93.184.216.34", "93.184.216.35", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::1", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
    ],
)
def test_the_addresses_of_one_client(one: str, other: str, is_same: bool) -> None:
    assert (network_of(one) == network_of(other)) is is_same
