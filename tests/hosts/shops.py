"""A project that has Joanie in it by README's lines, and what people do there."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings
from tests.docs.pages import Block, read_blocks
from tests.projects import Project, free_port
from tests.provider import Json, Provider
from tests.system.learner import ADDRESS, Learner

README = "../README.md"
HOW_TO = "how-to/plug-joanie-into-a-project.md"
TUTORIAL = "tutorials/sell-your-first-course.md"
OWN = Path(__file__).parent
# What “Use it in a project” tells to add, and where.
LINES = ("shop/settings.py (at its end)", "shop/urls.py (at its end)")
KEY_IN_README = "replace this by a secret that your catalogue shares"
ACCOUNT = """
DATABASES = {{"default": {{"ENGINE": "django.db.backends.postgresql", "NAME": "{database}"}}}}
DATABASES["default"]["ATOMIC_REQUESTS"] = {is_atomic}
JOANIE["PAYMENT_BACKENDS"] = {{
    "dummy": {{
        "backend": "joanie.payment.backends.dummy.DummyPaymentBackend",
        "configuration": {account},
    }}
}}
"""
CHECK_ID = re.compile(r"\((\w+\.[EW]\d+)\)")


def read_lines_of_readme(url: str = "https://shop.example.org") -> list[Block]:
    replacements = {
        "https://shop.example.org": url,
        KEY_IN_README: settings.JOANIE["JWT_SIGNING_KEY"],
    }
    return [block for block in read_blocks(README, replacements) if block.title in LINES]


class Host(Project):
    """A project made by ``startproject``; ``url`` is where it answers once it is open."""

    url: str
    database: str

    def make(
        self,
        database: str,
        provider: Provider,
        *,
        files: str = "",
        added_settings: str = "",
        is_atomic: bool = False,
    ) -> None:
        """``files`` are beside this module; ``added_settings`` come before README's lines."""
        self.database = database
        self.url = f"http://127.0.0.1:{free_port()}"
        self.run(["django-admin", "startproject", "shop", "."])
        if files:
            self.run(["cp", "-R", f"{OWN / files}/.", "."])
            for name in ("settings", "urls"):
                added = (self.directory / f"{name}.py-tpl").read_text()
                self.write(Block("python", f"shop/{name}.py (at its end)", added))
        self.write(Block("python", LINES[0], added_settings))
        for block in read_lines_of_readme(self.url):
            self.write(block)
        account = {"base_url": provider.base_url, "secret": provider.secret}
        code = ACCOUNT.format(database=database, account=account, is_atomic=is_atomic)
        self.write(Block("python", LINES[0], code))

    def manage(self, *arguments: str) -> str:
        return self.run(["python", "manage.py", *arguments])

    def open(self, catalogue: Mapping[str, str] | None = None) -> None:
        """Migrate, import the tutorial's catalogue, and start the server and the worker."""
        self.manage("migrate", "--verbosity", "0")
        blocks = read_blocks(TUTORIAL, dict(catalogue or {}))
        (block,) = (block for block in blocks if block.title == "catalogue.json")
        self.write(block)
        self.manage("import_catalogue", "catalogue.json")
        self.start(["python", "manage.py", "procrastinate", "worker"])
        address = self.url.removeprefix("http://")
        self.start(["python", "manage.py", "runserver", address, "--noreload"])
        self.wait_for(self.url)

    def find_missing_migrations(self) -> str:
        return self.manage("makemigrations", "--check", "--dry-run").strip()

    def check_for_deployment(self) -> set[str]:
        """Give the ids of what the host still has to decide."""
        return set(CHECK_ID.findall(self.manage("check", "--deploy")))


def order(learner: Learner, **changes: Any) -> httpx.Response:
    """Order the first product of the course that there is."""
    course = learner.read("/courses/")["results"][0]
    body = {
        "course": course["code"],
        "product": course["products"][0]["id"],
        "billing_address": ADDRESS,
        **changes,
    }
    return learner.http.post("/orders/", json=body)


def wait_until(learner: Learner, order_id: str, state: str) -> Json:
    deadline = time.monotonic() + 60
    while True:
        order: Json = learner.read(f"/orders/{order_id}/")
        if order["state"] == state:
            return order
        assert time.monotonic() < deadline, order
        time.sleep(0.2)


def buy(learner: Learner, provider: Provider, **changes: Any) -> Json:
    """Order, pay on the provider's page as a browser would, and give the validated order."""
    placed = order(learner, **changes)
    assert placed.status_code == 201, placed.text
    provider.pay(placed.json()["payment_info"]["url"], save_card="save_card" in changes)
    return wait_until(learner, placed.json()["id"], "validated")
