"""Whoever signs learners' tokens: a real HTTP server on loopback that shows its public keys."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from tests.api.api_client import make_token

PATH = "/keys.json"


@dataclass(frozen=True)
class SigningKey:
    kid: str
    private: rsa.RSAPrivateKey

    @property
    def jwk(self) -> dict[str, Any]:
        described = RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {**described, "kid": self.kid, "use": "sig", "alg": "RS256"}

    @property
    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )

    def sign(self, username: Any = "grace", *, headers: Any = None, **claims: Any) -> str:
        headers = {"kid": self.kid} if headers is None else headers
        key: Any = self.private
        return make_token(username, key=key, algorithm="RS256", headers=headers, **claims)


def make_key(kid: str, bits: int = 2048) -> SigningKey:
    return SigningKey(kid, rsa.generate_private_key(public_exponent=65537, key_size=bits))


def elliptic_jwk(kid: str) -> dict[str, Any]:
    private = ec.generate_private_key(ec.SECP256R1())
    return {**ECAlgorithm.to_jwk(private.public_key(), as_dict=True), "kid": kid, "use": "sig"}


@dataclass
class Issuer:
    """``status`` and ``body`` are what it answers; ``asked`` are the paths it was asked for."""

    base_url: str = ""
    status: int = 200
    body: bytes = b"{}"
    asked: list[str] = field(default_factory=list)
    is_slow: Event = field(default_factory=Event)
    is_over: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        return f"{self.base_url}{PATH}"

    def show(self, *keys: dict[str, Any]) -> None:
        self.status, self.body = 200, json.dumps({"keys": keys}).encode()


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        self.issuer.asked.append(self.path)
        if self.issuer.is_slow.is_set():
            self.issuer.is_over.wait(10)
        self.send_response(self.issuer.status)
        self.send_header("Location", PATH)
        self.send_header("Content-Length", str(len(self.issuer.body)))
        self.end_headers()
        self.wfile.write(self.issuer.body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""


@contextmanager
def running_issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    handler = type("Handler", (_Handler,), {"issuer": issuer})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        issuer.base_url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield issuer
        issuer.is_over.set()
        server.shutdown()
        thread.join()
