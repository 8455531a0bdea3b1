"""The public keys of whoever signs learners' tokens, read from ``JWKS_URL`` and remembered.

PyJWT's own client reads an answer of any size, waits for every step anew, forgets its keys when
the issuer is down, and then asks it again for every token. So PyJWT reads the keys, and this
module decides when they are fetched.
"""

import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from joanie.common.fetch import FetchFailed, fetch

logger = logging.getLogger(__name__)

# Seconds.
FETCH_TIMEOUT = 3
FRESH_FOR = 600
# However many tokens name keys that nobody has, the issuer is asked once in so long.
FETCH_EVERY = 20
# Without its issuer a key is still believed: long enough for an outage, too short for a theft.
USABLE_FOR = 4 * 3600
MAX_SIZE = 256 * 1024
MIN_KEY_BITS = 2048

Keys = Mapping[str, RSAPublicKey]


class SigningKeysUnavailable(APIException):
    """The token may be good: only its issuer can say, and does not answer."""

    status_code = HTTPStatus.SERVICE_UNAVAILABLE
    default_detail = _("Your token cannot be checked at the moment. Try again in a few seconds.")
    default_code = "signing_keys_unavailable"
    wait = FETCH_EVERY


@dataclass
class KeyRing:
    """The keys of one URL, for the threads of a process. Moments are of a monotonic clock."""

    url: str
    _keys: Keys = field(default_factory=dict)
    _fetched_at: float = float("-inf")
    _asked_at: float = float("-inf")
    _lock: Lock = field(default_factory=Lock, repr=False)

    def find(self, key_id: str, *, now: float | None = None) -> RSAPublicKey | None:
        """Return the key; None when the issuer has none of this name.

        May ask the issuer, so never within a transaction. Raises SigningKeysUnavailable when
        there is no telling.
        """
        now = time.monotonic() if now is None else now
        if key_id not in self._keys or now - self._fetched_at > FRESH_FOR:
            self._refresh(now)
        key = self._keys.get(key_id)  # another thread may be replacing them
        if key is not None and now - self._fetched_at <= USABLE_FOR:
            return key
        if self._asked_at > self._fetched_at:  # and there was no answer, or not yet
            raise SigningKeysUnavailable
        return None

    def _refresh(self, now: float) -> None:
        """Ask the issuer, unless that was done a moment ago, or is being done for usable keys."""
        has_usable_keys = now - self._fetched_at <= USABLE_FOR
        if not self._lock.acquire(timeout=0 if has_usable_keys else FETCH_TIMEOUT):
            return
        try:
            if now - self._asked_at < FETCH_EVERY:
                return
            self._asked_at = now
            self._keys = fetch_keys(self.url)
            self._fetched_at = now
        except FetchFailed as error:
            logger.warning("No signing keys from %s: %s", self.url, error)
        finally:
            self._lock.release()


_rings: dict[str, KeyRing] = {}


def key_ring(url: str) -> KeyRing:
    """Return the process's own; threads that come first at once share one all the same."""
    return _rings.get(url) or _rings.setdefault(url, KeyRing(url))


def fetch_keys(url: str) -> Keys:
    """Read a JSON Web Key Set (RFC 7517): its RSA keys for signatures, by id.

    Keys of other kinds are for others, and left out. Raises FetchFailed when none is left.
    """
    try:
        described = json.loads(fetch(url, timeout=FETCH_TIMEOUT, max_size=MAX_SIZE))["keys"]
        keys = {key_id: key for jwk in described for key_id, key in _read_key(jwk)}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise FetchFailed("This is not a set of keys") from error
    if not keys:
        raise FetchFailed("There is no RSA key for signatures of 2048 bits or more, with an id")
    return keys


def _read_key(described: Any) -> Iterator[tuple[str, RSAPublicKey]]:
    key_id = described.get("kid") if isinstance(described, dict) else None
    if (
        not isinstance(key_id, str)
        or not key_id
        or described.get("kty") != "RSA"
        or described.get("use", "sig") != "sig"
        or described.get("alg", "RS256") != "RS256"
    ):
        return
    try:
        key = jwt.PyJWK(described, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        logger.warning("A signing key cannot be read: %r", key_id)
        return
    # A set that shows a private key shows it to the whole world.
    if isinstance(key, RSAPublicKey) and key.key_size >= MIN_KEY_BITS:
        yield key_id, key
