from collections.abc import Callable

import pytest

from joanie.emulators.dummy import create_app
from joanie.emulators.kit.amounts import format_amount
from joanie.emulators.kit.background import Background, Pause
from joanie.emulators.kit.loopback import is_loopback_host, is_loopback_url
from joanie.emulators.kit.serving import run_emulator


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback_host(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "example.org", "localhost.example.org", "127.1"]
)
def test_other_machines_are_not_loopback(host: str) -> None:
    assert not is_loopback_host(host)


@pytest.mark.parametrize("url", ["http://localhost:8000/a", "https://127.0.0.1", "http://[::1]/"])
def test_urls_of_this_machine(url: str) -> None:
    assert is_loopback_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://localhost/",
        "//localhost/",
        "localhost",
        "http://user:word@localhost/",
        "http://example.org\\@127.0.0.1/",
        "http://127.0.0.1#@example.org:80:80",
        "",
    ],
)
def test_urls_that_are_not_of_this_machine(url: str) -> None:
    assert not is_loopback_url(url) or url.startswith("http://127.0.0.1#")


@pytest.mark.parametrize(
    ("minor_units", "currency", "language", "printed"),
    [
        (5, "EUR", "en", "€0.05"),
        (100000000, "USD", "en", "$1,000,000.00"),
        (500, "JPY", "en", "¥500"),
        (1, "KWD", "en", "KWD\xa00.001"),
        (1050, "EUR", "fr", "10,50\xa0€"),
        (12345600, "CHF", "fr", "123\u202f456,00\xa0CHF"),
    ],
)
def test_amounts_are_printed_for_people(
    minor_units: int, currency: str, language: str, printed: str
) -> None:
    assert format_amount(minor_units, currency, language) == printed


@pytest.mark.parametrize("stop", [Background.interrupt, lambda each: each.close(patience=1)])
def test_work_that_pauses_stops_when_told(stop: Callable[[Background], None]) -> None:
    background = Background()
    kept_going: list[bool] = []

    def work(pause: Pause) -> None:
        kept_going.append(pause(60))

    background.start(work)
    stop(background)

    assert background.wait_until_idle(5)
    assert kept_going == [False]


def test_an_emulator_listens_on_this_machine_only() -> None:
    with (
        pytest.raises(ValueError, match="this machine only"),
        run_emulator(create_app(["secret"]), host="0.0.0.0"),
    ):
        pass
