"""What the sandbox makes of the environment."""

import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from tests.service.environments import (
    PRODUCTION,
    ROOT,
    read_refusal,
    read_settings,
    run_python,
)

from joanie.conf import DEFAULTS
from sandbox.environment import Environment, Variables, read_joanie_settings, refuse_unknown


class Given(Environment):
    """Reads these variables and no others."""

    def __init__(self, **variables: str) -> None:
        self.ENVIRON = Variables(variables)
        super().__init__()


def read(defaults: Mapping[str, Any] = DEFAULTS, **variables: str) -> dict[str, Any]:
    return read_joanie_settings(Given(**variables), defaults)


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_setting_of_joanie_can_be_given(name: str) -> None:
    default = DEFAULTS[name]
    text = default if isinstance(default, str) else json.dumps(default)
    expected = "null" if default is None else default
    assert read(**{f"JOANIE_{name}": text}) == {name: expected}


def test_a_text_is_taken_as_it_is() -> None:
    assert read(JOANIE_JWT_SIGNING_KEY="12345") == {"JWT_SIGNING_KEY": "12345"}
    assert read(JOANIE_JWT_SIGNING_KEY="$DATABASE_URL") == {"JWT_SIGNING_KEY": "$DATABASE_URL"}


def test_what_is_empty_is_not_set() -> None:
    assert read(JOANIE_JWT_ISSUER="", JOANIE_PROXY_COUNT="") == {}


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" a key \n")
    found = read(JOANIE_JWT_SIGNING_KEY_FILE=str(tmp_path / "key"), JOANIE_JWT_SIGNING_KEY="old")
    assert found == {"JWT_SIGNING_KEY": " a key "}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="JOANIE_JWT_SIGNING_KEY_FILE cannot be read"):
        read(JOANIE_JWT_SIGNING_KEY_FILE=str(tmp_path / "key"))


def test_broken_json_is_refused_without_being_shown() -> None:
    with pytest.raises(
        ImproperlyConfigured, match=r"^JOANIE_PAYMENT_BACKENDS is not JSON"
    ) as said:
        read(JOANIE_PAYMENT_BACKENDS='{"shop": {"secret_key": "sk_live_1",}}')
    assert "sk_live" not in str(said.value)
    assert said.value.__cause__ is None


@pytest.mark.parametrize("text", ["yes", "True", "one"])
def test_what_is_no_json_is_told_what_is(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"JOANIE_ALLOW_DUMMY.* default is false"):
        read(JOANIE_ALLOW_DUMMY=text)


def test_a_setting_that_does_not_exist_is_refused() -> None:
    given = Given(JOANIE_PUBLC_BASE_URL="x", JOANIE_JWT_ISSUER_FILE="y", DJANGO_DEBUG="z")
    with pytest.raises(
        ImproperlyConfigured, match=r"^No setting is called JOANIE_PUBLC_BASE_URL\.$"
    ):
        refuse_unknown(given, "JOANIE_JWT_ISSUER")


# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
OF_KUBERNETES = {
    "JOANIE_SERVICE_HOST": "10.0.0.11",
    "JOANIE_SERVICE_PORT": "8000",
    "JOANIE_SERVICE_PORT_HTTP": "8000",
    "JOANIE_PORT": "tcp://10.0.0.11:8000",
    "JOANIE_PORT_8000_TCP": "tcp://10.0.0.11:8000",
    "JOANIE_PORT_8000_TCP_PROTO": "tcp",
    "JOANIE_PORT_8000_TCP_PORT": "8000",
    "JOANIE_PORT_8000_TCP_ADDR": "10.0.0.11",
}


def test_what_kubernetes_says_of_a_service_called_joanie_is_passed_over() -> None:
    refuse_unknown(Given(**OF_KUBERNETES))
    with pytest.raises(ImproperlyConfigured, match=r"called JOANIE_PORTS, JOANIE_SERVICE\.$"):
        refuse_unknown(Given(JOANIE_PORTS="x", JOANIE_SERVICE="y", **OF_KUBERNETES))


@pytest.mark.parametrize("name", ["DUMMY", "STRIPE", "PAYPLUG", "BRAINTREE"])
def test_the_address_of_a_player_that_is_not_used_does_no_harm(name: str) -> None:
    read_settings("JOANIE", **PRODUCTION, **{f"JOANIE_{name}_URL": "http://emulator.localhost"})


def test_who_cannot_be_played_here_is_said_with_what_it_takes() -> None:
    image = {**PRODUCTION, "JOANIE_PROVIDER": "stripe"}
    del image["JOANIE_PAYMENT_BACKENDS"]
    without_flask = "import sys; sys.modules['flask'] = None; from sandbox import settings"
    said = run_python("-c", without_flask, **image).stderr.splitlines()[-1]
    assert "ImproperlyConfigured: JOANIE_PROVIDER is 'stripe'" in said
    assert "joanie[testing]" in said


def test_a_provider_that_nobody_plays_is_refused() -> None:
    given = {**PRODUCTION, "JOANIE_PROVIDER": "acme"}
    del given["JOANIE_PAYMENT_BACKENDS"]
    assert read_refusal(**given).startswith("JOANIE_PROVIDER is 'acme': choose from dummy, ")


@pytest.mark.parametrize("missing", ["DJANGO_SECRET_KEY", "DATABASE_URL"])
def test_a_production_names_what_it_misses(missing: str) -> None:
    given = {name: value for name, value in PRODUCTION.items() if name != missing}
    assert read_refusal(**given) == f"Set the {missing} environment variable"


def test_a_production_that_was_told_nothing_begins_with_the_secret_key() -> None:
    said = read_refusal(DJANGO_DEBUG="false")
    assert said == "Set the DJANGO_SECRET_KEY environment variable"


@pytest.mark.parametrize(
    ("name", "value", "host"),
    [
        ("JOANIE_PUBLIC_BASE_URL", "https://shop.example.org/\n", "shop.example.org"),
        ("DJANGO_ALLOWED_HOSTS", ".example.org,b.example\n", "example.org"),
    ],
)
def test_a_probe_finds_the_host_of_the_site_in_a_file_too(
    name: str, value: str, host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "value").write_text(value)
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "value"))
    assert runpy.run_path(str(ROOT / "docker/healthcheck.py"))["find_host"]() == host


def test_an_address_that_is_none_is_refused() -> None:
    said = read_refusal(**{**PRODUCTION, "JOANIE_PUBLIC_BASE_URL": "https://[shop"})
    assert said == "JOANIE_PUBLIC_BASE_URL is 'https://[shop', which is no address."


def test_a_production_is_safe_without_a_warning() -> None:
    run = run_python("src/backend/manage.py", "check", "--deploy", **PRODUCTION)
    assert run.stdout == "System check identified no issues (2 silenced).\n", run.stderr


def test_the_public_address_says_which_hosts_and_forms_are_ours() -> None:
    found = read_settings("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", **PRODUCTION)
    assert found["ALLOWED_HOSTS"] == ["shop.example.org"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://shop.example.org"]


def test_a_production_speaks_https_unless_its_address_does_not() -> None:
    names = ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    assert all(read_settings(*names, **PRODUCTION).values())
    plain = {**PRODUCTION, "JOANIE_PUBLIC_BASE_URL": "http://joanie.localhost:8071"}
    assert not any(read_settings(*names, "SECURE_HSTS_SECONDS", **plain).values())


def test_a_header_of_a_proxy_is_believed_only_when_there_is_one() -> None:
    name = "SECURE_PROXY_SSL_HEADER"
    assert read_settings(name, **PRODUCTION) == {name: None}
    behind = read_settings(name, **PRODUCTION, JOANIE_PROXY_COUNT="1")
    assert behind == {name: ["HTTP_X_FORWARDED_PROTO", "https"]}


def test_the_first_account_is_the_default_one() -> None:
    accounts = '{"a": {"backend": "x"}, "b": {"backend": "y"}}'
    found = read_settings("JOANIE", **{**PRODUCTION, "JOANIE_PAYMENT_BACKENDS": accounts})
    assert found["JOANIE"]["DEFAULT_PAYMENT_BACKEND"] == "a"


def test_threads_share_connections_when_a_pool_is_asked_for() -> None:
    found = read_settings("DATABASES", **PRODUCTION, DJANGO_DATABASE_POOL="4")
    database = found["DATABASES"]["default"]
    assert database["OPTIONS"]["pool"] == {"min_size": 1, "max_size": 4}
    assert database["CONN_MAX_AGE"] == 0


def test_a_tunnel_is_let_in_while_developing() -> None:
    found = read_settings("ALLOWED_HOSTS", JOANIE_PUBLIC_BASE_URL="https://x.ngrok-free.app")
    assert found["ALLOWED_HOSTS"] == ["x.ngrok-free.app", ".localhost", "127.0.0.1", "[::1]"]
