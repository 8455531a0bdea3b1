"""Where the world reaches us: the one source of every URL that is given to somebody else."""

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import JoanieError
from joanie.conf import joanie_settings

MAX_DECODINGS = 4
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "testserver"})


class PublicUrlUnknown(JoanieError):
    """Neither the settings nor the request say where providers can reach us."""

    code = "public_url_unknown"
    detail = _("This site does not know its public address: set JOANIE['PUBLIC_BASE_URL'].")


def get_public_base_url(request: HttpRequest) -> str:
    """Return "https://host", without a slash at the end.

    The configured one; else the request's own, when ALLOWED_HOSTS names its host (a ``*`` names
    nobody, so then only loopback passes). Raises PublicUrlUnknown.
    """
    if joanie_settings.PUBLIC_BASE_URL:
        return str(joanie_settings.PUBLIC_BASE_URL).rstrip("/")
    host = urlsplit(f"//{request.get_host()}").hostname or ""
    if host in LOOPBACK_HOSTS or (settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS):
        return f"{request.scheme}://{request.get_host()}"
    raise PublicUrlUnknown


def is_allowed_return_url(url: str) -> bool:
    """Say whether the browser may be sent there after paying: never an open redirect."""
    try:
        target = urlsplit(url)
    except ValueError:
        return False
    if not target.netloc or target.username:
        return False
    if any(ord(character) <= 32 for character in url) or _may_climb(url, target.path):
        return False
    return any(
        (target.scheme, target.netloc) == (allowed.scheme, allowed.netloc)
        and target.path.startswith(allowed.path)
        for allowed in map(urlsplit, joanie_settings.ALLOWED_RETURN_URLS)
    )


def _may_climb(url: str, path: str) -> bool:
    """Say whether somebody on the way may take it for a page that is not below its beginning.

    A browser takes "%2e%2e" for "..", a server "%2f" for "/", and a server behind another one
    decodes once more.
    """
    for _decoding in range(MAX_DECODINGS):
        if "\\" in url or "\\" in path or "/.." in path:
            return True
        decoded = unquote(path)
        if decoded == path:
            return False
        path = decoded
    return True
