"""Real servers on loopback: gunicorn as the image runs it, and nginx with the file it is given."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
from tests.service.environments import ROOT

LOOPBACK = "127.0.0.1"
# Debian keeps it where only root looks.
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
START_TIMEOUT = 60
# What is around the file in the image of nginx, but that it stays in the foreground.
MAIN = """
daemon off;
pid {directory}/nginx.pid;
error_log stderr warn;
{user}
events {{ worker_connections 256; }}
http {{
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    scgi_temp_path {directory}/scgi;
    uwsgi_temp_path {directory}/uwsgi;
    include {directory}/joanie.conf;
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class Served(NamedTuple):
    """``address``: host and port."""

    address: str
    process: "subprocess.Popen[bytes]"


@contextmanager
def running_gunicorn(
    application: str, log: Path, *options: str, **environment: str
) -> Iterator[Served]:
    """Serve with the configuration of the image, on a port of its own."""
    address = f"{LOOPBACK}:{free_port()}"
    configured = ["--config", str(ROOT / "docker/gunicorn.conf.py"), "--bind", address]
    command = [sys.executable, "-m", "gunicorn", *configured, *options, application]
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    variables = {**os.environ, "PYTHONPATH": path, **environment}
    with _running(command, log, variables, address) as process:
        yield Served(address, process)


@contextmanager
def running_nginx(directory: Path, *upstreams: str) -> Iterator[tuple[str, str]]:
    """Give the address for the world, and the one for what ends TLS in front."""
    assert NGINX
    public, behind_tls = (f"{LOOPBACK}:{free_port()}" for _ in range(2))
    _write_configuration(directory, public, behind_tls, upstreams)
    command = [NGINX, "-p", str(directory), "-c", str(directory / "nginx.conf")]
    with _running(command, directory / "nginx.log", dict(os.environ), public):
        yield f"http://{public}", f"http://{behind_tls}"


def _write_configuration(
    directory: Path, public: str, behind_tls: str, upstreams: tuple[str, ...]
) -> None:
    text = (ROOT / "docker/nginx/joanie.conf").read_text()
    port = behind_tls.partition(":")[2]
    replaced = {
        # "resolve" takes a newer nginx than Debian's; names are for containers anyway.
        "    server app:8000 max_fails=1 fail_timeout=5s resolve;\n": "".join(
            f"    server {each} max_fails=1 fail_timeout=5s;\n" for each in upstreams
        ),
        "listen 8071;": f"listen {public};",
        "listen 8081;": f"listen {behind_tls};",
        "    8081 https;": f"    {port} https;",
        '    8081 "";': f'    {port} "";',
        "/dev/stdout": f"{directory}/access.log",
        "/dev/stderr": f"{directory}/error.log",
    }
    for old, new in replaced.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (directory / "joanie.conf").write_text(text)
    user = "user root;" if os.geteuid() == 0 else ""
    (directory / "nginx.conf").write_text(MAIN.format(directory=directory, user=user))


@contextmanager
def _running(
    command: list[str], log: Path, environment: dict[str, str], address: str
) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _wait_until(lambda: _listens(address), process, log)
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _wait_until(
    is_ready: Callable[[], bool], process: "subprocess.Popen[bytes]", log: Path
) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not is_ready():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _listens(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def get(url: str, **headers: str) -> httpx.Response:
    return httpx.get(url, headers=headers, timeout=30, trust_env=False)
