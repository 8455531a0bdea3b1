"""A project with users, apps, a REST API and a description of it of its own.

Its users have neither an id nor a user name; its apps are called as Joanie's are.
"""

import re
from collections.abc import Callable

import httpx
from tests.hosts.shops import Host, buy
from tests.provider import Provider
from tests.system.learner import Learner, text_of

from joanie.api.views.documentation import describe_api

STAFF = ("staff@shop.example", "a password of the staff")
HIRE = f"from people.models import Person; Person.objects.create_superuser(*{STAFF})"


def test_a_project_with_its_own_users_and_apps_sells_a_course(
    make_host: Callable[..., Host], make_learner: Callable[..., Learner], provider: Provider
) -> None:
    host = make_host(files="own_user")
    host.manage("makemigrations", "people", "core", "payment", "--verbosity", "0")
    host.open()
    assert host.find_missing_migrations() == "No changes detected"
    assert not {each for each in host.check_for_deployment() if "security" not in each}
    host.manage("shell", "--no-imports", "--command", HIRE)
    learner = make_learner(host, "grace@shop.example")
    bought = buy(learner, provider)
    said = text_of(learner.document(bought))
    for expected in ("Botany for beginners", "First Last-Ōsaka", "€120.00"):
        assert expected in said
    assert host.manage("count_orders") == "0 at the canteen\n"
    check_that_each_api_is_its_own(host, learner)
    check_that_every_page_of_the_admin_opens(host)


def check_that_each_api_is_its_own(host: Host, learner: Learner) -> None:
    refused = learner.http.post("/orders/", json=[])
    assert (refused.status_code, list(refused.json())) == (400, ["non_field_errors"])
    assert learner.http.get("/schema/?format=json").json() == describe_api()
    with httpx.Client(base_url=f"{host.url}/canteen", trust_env=False) as canteen:
        assert canteen.get("/orders/").status_code == 418
        listed = canteen.get("/orders/", auth=STAFF).json()["canteen"]
        assert listed == {"count": 0, "next": None, "previous": None, "results": []}
        described = canteen.get("/schema/").text
    assert "title: THE CANTEEN" in described
    assert "MealState:" in described
    assert "joanie" not in described.lower()


def check_that_every_page_of_the_admin_opens(host: Host) -> None:
    with httpx.Client(base_url=host.url, trust_env=False, follow_redirects=True) as browser:
        browser.get("/admin/login/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        sign_in = {"username": STAFF[0], "password": STAFF[1], "next": "/admin/", **form}
        index = browser.post("/admin/login/", data=sign_in).text
        pages = set(re.findall(r'href="(/admin/joanie_\w+/\w+/)"', index))
        assert len(pages) > 10
        for page in pages:
            assert browser.get(page, params={"q": "grace@"}).status_code == 200, page
        (bought,) = set(
            re.findall(
                r"/admin/joanie_core/order/[0-9a-f-]{36}/change/",
                browser.get("/admin/joanie_core/order/", params={"q": "grace@"}).text,
            )
        )
        assert "Botany for beginners" in browser.get(bought).text
