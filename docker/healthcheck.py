"""Says by its exit code whether this container is well: ``healthcheck.py [URL]``."""

import os
import sys
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

READY = "http://127.0.0.1:8000/health/ready"


def find_host() -> str:
    """Give a host that the site answers to, as its settings find it."""
    named = read("DJANGO_ALLOWED_HOSTS").split(",")[0]
    public = urlsplit(read("JOANIE_PUBLIC_BASE_URL")).hostname
    return named.strip("*.") or public or "localhost"


def read(name: str) -> str:
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(name, "")


def main() -> int:
    url = sys.argv[1] if len(sys.argv) > 1 else READY
    request = Request(url, headers={"Host": find_host()})  # noqa: S310 - as the image says
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=5) as answer:
            sys.stdout.write(answer.read().decode(errors="replace"))
    except (OSError, HTTPException) as error:
        sys.stdout.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
