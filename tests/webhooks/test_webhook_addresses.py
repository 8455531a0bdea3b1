"""Which addresses are called. Names are looked up for real, but where a test needs a bad one."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings
from tests.common.tiny_server import TinyServer

from joanie.webhooks import posting
from joanie.webhooks.addresses import AddressRefused, check_url, find_addresses, is_public
from joanie.webhooks.posting import Answer, post

NOT_OURS = "The host is not on the public Internet."


def allow(settings: Settings, *hosts: str) -> None:
    settings.JOANIE = {**settings.JOANIE, "WEBHOOK_ALLOWED_HOSTS": list(hosts)}


def look_up(url: str) -> Any:
    return asyncio.run(find_addresses(check_url(url)))


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have the name server answer with these."""
    found = [
        (
            socket.AF_INET6 if ":" in each else socket.AF_INET,
            socket.SOCK_STREAM,
            6,
            "",
            (each, 443),
        )
        for each in addresses
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: found)


def send(url: str, limit: float = 2) -> Answer:
    return post(url, body="{}", headers={}, limit=limit)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fec0::1]",
        "[fd00::1]",
        "[ff02::1]",
    ],
)
def test_an_address_of_our_own_network_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(AddressRefused):
        look_up(f"https://{host}/")


@pytest.mark.parametrize(
    "address", ["9.9.9.9", "2620:fe::9", "::ffff:9.9.9.9", "64:ff9b::909:909", "2002:909:909::"]
)
def test_an_address_of_the_public_internet_is_called(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://catalogue.example/", "https"),
        ("ftp://catalogue.example/", "https"),
        ("catalogue.example/hooks", "https"),
        ("https://", "host"),
        ("https://user@catalogue.example/", "password"),
        ("https://user:word@catalogue.example/", "password"),
        ("https://[::1/", "address"),
        ("https://a:b/", "address"),
        ("https://a]b/", "address"),
        ("https://xn--/", "address"),
        ("https://catalogue.example:0/", "65535"),
        ("https://catalogue.example:99999/", "65535"),
        ("", "https"),
    ],
)
def test_a_url_that_can_never_be_called_says_why(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        check_url(url)


def test_a_host_with_one_private_address_among_others_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve_to(monkeypatch, "9.9.9.9", "10.0.0.1")
    with pytest.raises(AddressRefused, match=NOT_OURS):
        look_up("https://rebound.example/")


def test_all_public_addresses_of_a_host_may_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, "9.9.9.9", "2620:fe::9", "9.9.9.9")
    assert look_up("https://catalogue.example/") == ["9.9.9.9", "2620:fe::9"]


def test_a_name_that_leads_nowhere_is_a_failure_with_a_reason() -> None:
    answer = send("https://nowhere.invalid/")
    assert (answer.status, answer.error) == (None, "The name of the host leads nowhere.")


def test_a_name_that_is_looked_up_for_ever_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_over = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: is_over.wait(20))
    started = time.monotonic()
    assert send("https://slow.example/", limit=0.3).error == "No answer within 0.3 seconds."
    assert time.monotonic() - started < 2
    is_over.set()


def test_whatever_breaks_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: 1 / 0)
    assert send("https://catalogue.example/").error == "No answer: ZeroDivisionError."


def test_a_host_is_reached_although_its_first_address_swallows_everything(
    server: TinyServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(settings, "dual.example")
    with swallowing_everything("127.0.0.2", server.server_port):
        resolve_to(monkeypatch, "127.0.0.2", "127.0.0.1")
        assert send(f"http://dual.example:{server.server_port}/200", limit=2).is_taken
    assert len(server.requests) == 1


@contextmanager
def swallowing_everything(address: str, port: int) -> Iterator[None]:
    """Have an address answer no one who wants to connect: its queue is full."""
    with ExitStack() as opened:
        listener = opened.enter_context(socket.create_server((address, port), backlog=0))
        for _ in range(4):
            waiting = opened.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        yield


@pytest.mark.parametrize(
    ("status", "text", "seconds"),
    [
        (503, "120", 120),
        (429, "Sat, 21 Nov 2026 10:01:00 GMT", 60),
        (429, "Sat, 21 Nov 2026 09:00:00 GMT", 0),
        (429, "Sat, 21 Nov 2026 09:00:00 -0000", 0),
        (429, "soon", 0),
        (429, "9" * 30, 0),
        (429, "9" * 5000, 0),
        (429, "-5", 0),
        (400, "120", 0),
    ],
)
def test_how_long_a_receiver_wants_to_be_left_alone_is_read(
    status: int, text: str, seconds: int
) -> None:
    answer = httpx.Response(status, headers={"Retry-After": text})
    now = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    assert posting.read_wait(answer, now) == timedelta(seconds=seconds)


def test_nothing_is_sent_to_an_address_that_is_refused(
    server: TinyServer, settings: Settings
) -> None:
    allow(settings)
    for url in (f"https://127.0.0.1:{server.server_port}/200", f"{server.url}/200"):
        assert send(url).status is None
    assert server.requests == []


def test_a_redirect_to_the_metadata_of_a_cloud_is_not_followed(
    server: TinyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(f"{server.url}/302").status == 302
    assert len(server.requests) == 1


def test_a_named_host_of_our_network_is_called_over_http(
    server: TinyServer, settings: Settings
) -> None:
    allow(settings, "LocalHost")
    assert send(f"http://localhost:{server.server_port}/200").is_taken
    assert server.requests[0][2]["Host"] == f"localhost:{server.server_port}"


@pytest.mark.parametrize("name", ["bücher.example", "xn--bcher-kva.example"])
def test_a_named_host_is_known_in_both_spellings(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(settings, name)
    resolve_to(monkeypatch, "10.0.0.1")
    assert look_up("http://Bücher.example/") == ["10.0.0.1"]


def test_in_development_this_machine_is_called_over_http(
    server: TinyServer, settings: Settings
) -> None:
    allow(settings)
    settings.DEBUG = True
    assert send(f"{server.url}/200").is_taken
    assert send("http://10.0.0.1/").error == NOT_OURS


@pytest.mark.parametrize("name", ["hooks.example", "other.example"])
def test_the_host_proves_its_name_although_its_address_is_called(
    name: str, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(settings, name)
    certificate = make_certificate(tmp_path, "hooks.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    posting._get_tls_context.cache_clear()
    with running_tls_server(certificate) as (port, hosts):
        resolve_to(monkeypatch, "127.0.0.1")
        answer = send(f"https://{name}:{port}/")
    posting._get_tls_context.cache_clear()
    is_proved = name == "hooks.example"
    assert answer.status == (200 if is_proved else None)
    assert hosts == ([f"{name}:{port}"] if is_proved else [])


def make_certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file.write_bytes(private + certificate.public_bytes(pem))
    return file


class _TlsServer(HTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Stay silent about a handshake that the client broke off."""


@contextmanager
def running_tls_server(certificate: Path) -> Iterator[tuple[int, list[str]]]:
    hosts: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Stay silent."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with _TlsServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port, hosts
        server.shutdown()
        thread.join()
