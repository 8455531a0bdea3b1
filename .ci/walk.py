#!/usr/bin/env python3
"""A stranger's walk: from the README alone, in a fresh clone, to a backend of their own.

    .ci/walk.py [--tests ARGS | --short] [--keep]

It clones what is committed here into an empty directory and types what README.md and the pages it
links say, and nothing else: a command or an address that is not written there any more ends the
walk. It needs Python, make and git, and the ports that the demo uses.
"""

import argparse
import http.cookiejar
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from html.parser import HTMLParser
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

HERE = Path(__file__).resolve().parents[1]
# What is taken from our environment: what a login gives, and how this machine reaches packages.
# The rest would say things that no page says: make's own flags, a database, settings of Joanie.
OF_A_LOGIN = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LC_\w+|TZ|TMPDIR|XDG_CACHE_HOME|DEBIAN_FRONTEND"
    r"|PYTHON|PIP_\w+|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|\w+_proxy|\w+_PROXY"
)
# Seconds: for all that the demo installs and shows; for what a click sets off; to end.
FIRST_START, CLICK, END = 900, 60, 60
CONSOLE = re.compile(r"^ *```console\n(?P<lines>.*?)^ *```$", re.MULTILINE | re.DOTALL)
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
SNIPPET = re.compile(r'^--8<-- "(?P<path>[^"]+)"\n', re.MULTILINE)
BLOCK = re.compile(
    r'^```\w+ title="(?P<title>[^"]+)"\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL
)
# What a backend is made of: the page has to show all of it.
PARTS = {
    "acme_pay/client.py",
    "acme_pay/mapping.py",
    "acme_pay/backend.py",
    "acme_pay/harness.py",
    "acme_pay/tests/test_acme_mapping.py",
    "acme_pay/emulator/wire.py",
    "acme_pay/emulator/events.py",
    "acme_pay/emulator/cards.py",
    "acme_pay/emulator/provider.py",
    "src/backend/joanie/emulators/ports.py (in PROVIDERS)",
    "mkdocs.yml (with the other providers)",
}


class NotAsWritten(Exception):
    """The documentation promised something else."""


class Page(HTMLParser):
    """What a browser sees of a page: its text, links, and forms with what is filled in."""

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.url, self.text = url, ""
        self.links: list[tuple[str, str]] = []
        self.forms: list[dict[str, str]] = []
        self.buttons: list[tuple[int, str, str]] = []
        self._address = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._address = found.get("href", "")
            self.links.append((self._address, ""))
        elif tag == "form":
            self.forms.append({})
            self.actions = [*getattr(self, "actions", []), found.get("action", "")]
        elif tag in {"input", "button"} and self.forms and found.get("name"):
            kind = found.get("type", "submit" if tag == "button" else "text")
            if kind in {"submit", "button"}:
                self.buttons.append((len(self.forms) - 1, found["name"], found.get("value", "")))
            elif kind not in {"radio", "checkbox"} or "checked" in found:
                self.forms[-1][found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._address = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._address:
            address, text = self.links[-1]
            self.links[-1] = (address, (text + data).strip())


class Browser:
    """Keeps cookies, follows redirects, and sends what a form has."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def fetch(self, url: str, data: bytes | None = None, **headers: str) -> tuple[str, bytes]:
        """Return where it ended, and what is there. Raises NotAsWritten for 4xx and 5xx."""
        request = urllib.request.Request(url, data, headers)  # noqa: S310 - of this machine
        try:
            with self._opener.open(request, timeout=CLICK) as answer:
                return answer.geturl(), answer.read()
        except OSError as error:
            raise NotAsWritten(f"{url}: {error}") from error

    def open(self, url: str) -> Page:
        where, body = self.fetch(url)
        return Page(where, body.decode())

    def submit(self, page: Page, number: int = 0, **fields: str) -> Page:
        form = urllib.parse.urlencode({**page.forms[number], **fields}).encode()
        action = urllib.parse.urljoin(page.url, page.actions[number])
        where, body = self.fetch(action, form, Referer=page.url)
        return Page(where, body.decode())

    def follow(self, page: Page, text: str) -> str:
        """Give the address of the first link that says this."""
        for address, said in page.links:
            if said == text:
                return urllib.parse.urljoin(page.url, address)
        raise NotAsWritten(f"{page.url} has no link “{text}”.")


class Clone:
    """A checkout of what is committed, and what is typed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._typed: list[tuple[str, float]] = []

    def read(self, page: str) -> str:
        return (self.folder / page).read_text(encoding="utf-8")

    def written(self, page: str, words: str) -> str:
        """Return the words. Raises NotAsWritten when the page does not have them any more.

        They are a whole line of what is typed in a console, or all that is between backticks.
        """
        text = self.read(page)
        if words not in {*lines_to_type(text), *SPAN.findall(FENCED.sub("", text))}:
            raise NotAsWritten(f"{page} does not say “{words}” any more.")
        return words

    def linked(self, page: str, other: str) -> str:
        """Return the other page. Raises NotAsWritten when nothing here leads to it any more."""
        if f"]({other})" not in self.read(page):
            raise NotAsWritten(f"{page} does not lead to {other} any more.")
        return other

    def run(self, command: str, *, shows: str = "") -> str:
        """Type a command, wait for its end; return what it printed, which has to have this."""
        with self.step(command), typed(command, self.folder, subprocess.PIPE) as program:
            printed, _ = program.communicate()
            if program.returncode or shows not in printed:
                raise NotAsWritten(
                    f"“{command}” ended with {program.returncode}:\n{printed[-4000:]}"
                )
        return str(printed)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Tell what is done, and how long it took."""
        say(f"\n» {what}")
        started = time.monotonic()
        yield
        took = time.monotonic() - started
        self._typed.append((what, took))
        say(f"  done in {took:.0f} s")

    def sum_up(self) -> None:
        say("")
        for what, took in self._typed:
            say(f"{took:6.0f} s  {what}")
        say(f"{sum(took for _, took in self._typed):6.0f} s  all in all")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - it is what the program is for


def lines_to_type(text: str) -> list[str]:
    """Give the lines of a page's consoles, without prompt and comment."""
    return [
        re.sub(r"(^|\s+)# .*$", "", line.strip().removeprefix("$ "))
        for console in CONSOLE.finditer(text)
        for line in console["lines"].splitlines()
    ]


def environment() -> dict[str, str]:
    """Give what a shell has that somebody has just logged in to."""
    return {name: value for name, value in os.environ.items() if OF_A_LOGIN.fullmatch(name)}


@contextmanager
def typed(command: str, folder: Path, output: int | TextIO) -> Iterator["subprocess.Popen[str]"]:
    """Start a command in a group of its own, of which nothing goes on when anything is raised."""
    program = subprocess.Popen(  # noqa: S603 - what the documentation says
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield program
    except BaseException:
        end_group(program)
        raise


def end_group(program: "subprocess.Popen[str]") -> None:
    """Ask a program and all that it started to end, and kill what has not in time."""
    deadline = time.monotonic() + END
    with suppress(ProcessLookupError):  # nobody is left
        os.killpg(program.pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            program.poll()
            os.killpg(program.pid, 0)
            time.sleep(0.1)
        os.killpg(program.pid, signal.SIGKILL)
    program.wait()


@contextmanager
def served(clone: Clone, command: str) -> Iterator[str]:
    """Type a command that serves until Ctrl-C; give what it says before it does."""
    log = clone.folder / "walk.log"
    with (
        log.open("w", encoding="utf-8") as output,
        typed(command, clone.folder, output) as program,
    ):
        with clone.step(command):
            wait_for(
                lambda: "until Ctrl-C" in log.read_text() and "Bearer" in log.read_text(),
                lambda: program.poll() is None,
                FIRST_START,
                log,
            )
        yield log.read_text(encoding="utf-8")
        with clone.step("Ctrl-C"):
            os.killpg(program.pid, signal.SIGINT)
            wait_for(lambda: program.poll() is not None, lambda: True, END, log)
            wait_for(lambda: "Stopped." in log.read_text(), lambda: True, END, log)


def wait_for(
    is_so: Callable[[], bool], can_be: Callable[[], bool], seconds: float, log: Path
) -> None:
    """Raises NotAsWritten, with the end of the log, when it takes too long or cannot be."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline or not can_be():
            raise NotAsWritten(f"It did not happen:\n{log.read_text()[-4000:]}")
        time.sleep(0.3)


def find(pattern: str, text: str) -> re.Match[str]:
    found = re.search(pattern, text)
    if found is None:
        raise NotAsWritten(f"The demo does not tell {pattern!r}.")
    return found


def buy(clone: Clone, told: str) -> dict[str, str]:
    """Pay on the page that the demo left open; return the order as its learner sees it then."""
    page_url = find(r"A payment to make +(\S+)", told)[1]
    token = find(r"Authorization: (Bearer \S+)", told)[1]
    api = find(r"The API +(\S+/)docs/", told)[1]
    with clone.step("Pay on the page that was left open"):
        browser = Browser()

        def orders() -> list[dict[str, str]]:
            _, body = browser.fetch(f"{api}orders/", Authorization=token)
            return list(json.loads(body)["results"])

        (open_order,) = [each for each in orders() if page_url in json.dumps(each)]
        clone.written("docs/reference/providers/dummy.md", "success")
        browser.submit(browser.open(page_url), action="pay", card="success")
        deadline = time.monotonic() + CLICK
        while time.monotonic() < deadline:
            (order,) = [each for each in orders() if each["id"] == open_order["id"]]
            if order["state"] == "validated":
                say(f"  the order {order['id']} is validated: {order['main_proforma_invoice']}")
                return order
            time.sleep(0.5)
        raise NotAsWritten(f"The order was not validated within {CLICK} seconds.")


def look_at_it_in_the_admin(clone: Clone, told: str, order: dict[str, str]) -> None:
    found = find(r"Django admin +(?P<url>\S+) +as (?P<name>\S+) / (?P<password>\S+)", told)
    reference = order["main_proforma_invoice"]
    with clone.step(f"See it in the admin at {found['url']}"):
        browser = Browser()
        login = browser.open(found["url"])
        home = browser.submit(login, username=found["name"], password=found["password"])
        orders = browser.open(browser.follow(home, "Orders"))
        shown = browser.open(f"{orders.url.rstrip('/')}/{order['id']}/change/")
        for words in ("validated", "succeeded", reference):
            if words not in shown.text.lower() and words not in shown.text:
                raise NotAsWritten(f"The page of the order does not show “{words}”.")
        _, pdf = browser.fetch(browser.follow(shown, "Download"))
        if not pdf.startswith(b"%PDF-"):
            raise NotAsWritten(f"What is downloaded as {reference} is no PDF.")
        say(f"  the order, its payment, and {reference} in {len(pdf):,} bytes of PDF")


def write_a_backend(clone: Clone) -> None:
    """Copy the code of the page over what the command wrote, where the page says."""
    guide = "docs/how-to/add-a-payment-provider.md"
    clone.run(clone.written(guide, 'make provider name=acme label="Acme Pay"'))
    with clone.step("Copy the code of the page"):
        blocks = list(BLOCK.finditer(clone.read(guide)))
        if missing := PARTS - {block["title"] for block in blocks}:
            raise NotAsWritten(f"{guide} does not show {', '.join(sorted(missing))} any more.")
        for block in blocks:
            code = SNIPPET.sub(lambda found: clone.read(found["path"]), block["code"])
            copy(clone.folder, block["title"], code)


def copy(folder: Path, title: str, code: str) -> None:
    name, _, place = title.partition(" (")
    if place:  # a line of a list that is there
        insert(folder / name, code)
        return
    file = folder / in_checkout(name)
    if not file.exists():
        raise NotAsWritten(f"{name} was not written by make provider.")
    for old, new in (
        ("tests.docs.acme_pay.emulator", "joanie.emulators.acme"),
        ("tests.docs.acme_pay", "joanie.payment.backends.acme"),
        ("tests/docs/acme_pay/README.md", "docs/reference/providers/acme.md"),
    ):
        code = code.replace(old, new)
    file.write_text(code, encoding="utf-8")
    say(f"  {file.relative_to(folder)}")


def in_checkout(name: str) -> str:
    for start, place in (
        ("acme_pay/emulator/", "src/backend/joanie/emulators/acme/"),
        ("acme_pay/tests/", "tests/payment/backends/"),
        ("acme_pay/", "src/backend/joanie/payment/backends/acme/"),
    ):
        if name.startswith(start):
            return place + name.removeprefix(start)
    raise NotAsWritten(f"Where does {name} belong?")


def insert(file: Path, line: str) -> None:
    """Put a line behind the one of the dummy."""
    text = file.read_text(encoding="utf-8")
    known = next(each for each in text.splitlines(keepends=True) if "dummy" in each.lower())
    file.write_text(text.replace(known, known + line, 1), encoding="utf-8")
    say(f"  {file.name}: {line.strip()}")


def find_proof(text: str) -> str:
    """Give the one command of the page that runs the tests of the new backend."""
    found = [line for line in lines_to_type(text) if re.match(r"make test ARGS=.*acme", line)]
    if len(found) != 1:
        raise NotAsWritten(f"Which command tests the backend? {found}")
    return found[0]


def walk(clone: Clone, tests: str, *, is_short: bool) -> None:
    guide = "docs/how-to/add-a-payment-provider.md"
    with served(clone, clone.written("README.md", "make demo")) as told:
        look_at_it_in_the_admin(clone, told, buy(clone, told))
    clone.linked("README.md", guide)
    write_a_backend(clone)
    prove = find_proof(clone.read(guide))
    if is_short:
        prove = prove.replace("/conformance ", "/conformance/test_paying.py ")
    clone.run(prove, shows=" passed")
    clone.run(clone.written(guide, "make demo PROVIDER=acme ONCE=1"), shows="Acme Pay")
    if not is_short:
        arguments = f" ARGS='{tests}'" if tests else ""
        clone.run(clone.written("README.md", "make test") + arguments, shows=" passed")


def git(*arguments: str) -> None:
    command = ["git", *arguments]
    subprocess.run(command, env=environment(), check=True)  # noqa: S603 - as anybody has it


def stop(folder: Path) -> None:
    if folder.is_dir():
        with typed("make --silent stop", folder, sys.stdout) as program:
            program.wait()


def end(number: int, _: FrameType | None) -> NoReturn:
    """End as after any other exception: what was started is ended too."""
    sys.exit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", default="", metavar="ARGS", help="of make test; all without")
    parser.add_argument(
        "--short",
        action="store_true",
        help="where the tests have just run: without them, and with some clauses of the backend's",
    )
    parser.add_argument("--keep", action="store_true", help="leave the clone where it is")
    options = parser.parse_args()
    # A shell that starts us in the background has us ignore it, and all that we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, end)
    folder = Path(tempfile.mkdtemp(prefix="joanie-walk-"))
    clone = Clone(folder / "joanie")
    try:
        with clone.step("git clone"):
            git("clone", "--quiet", "--no-hardlinks", str(HERE), str(clone.folder))
        walk(clone, options.tests, is_short=options.short)
    except NotAsWritten as error:
        say(f"\n✗ {error}")
        return 1
    finally:
        clone.sum_up()
        stop(clone.folder)
        if options.keep:
            say(f"The clone is in {clone.folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    say("\n✓ Everything is as the README says.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
