"""What cannot be run everywhere, Docker, names the same things as what can."""

import ast
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.docs.pages import read_page
from tests.service.environments import ROOT

from joanie.conf import DEFAULTS

SETTINGS = ROOT / "src/backend/sandbox/settings.py"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
NGINX = (ROOT / "docker/nginx/joanie.conf").read_text()
GUNICORN = runpy.run_path(str(ROOT / "docker/gunicorn.conf.py"))
# Read by the programs themselves.
FOREIGN = {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "NGROK_AUTHTOKEN"}
OURS = {
    name: service
    for name, service in COMPOSE["services"].items()
    if service["image"].startswith("joanie")
}


def read_examples() -> dict[str, str]:
    """Give the variables of env.d/*.dist, those that are commented out too."""
    names = ("joanie", "postgresql", "ngrok")
    files = [ROOT / f"env.d/{name}.dist" for name in names]
    lines = [line for path in files for line in path.read_text().splitlines()]
    found = (re.match(r"#?([A-Z][A-Z0-9_]+)=(.*)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def names_in_settings() -> set[str]:
    """Give the variables that the settings ask for by name."""
    calls = [
        node for node in ast.walk(ast.parse(SETTINGS.read_text())) if isinstance(node, ast.Call)
    ]
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "env"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def nginx_seconds(directive: str) -> list[int]:
    return [int(found) for found in re.findall(rf"^\s*{directive} (\d+)s;", NGINX, re.MULTILINE)]


@pytest.mark.parametrize(
    "command",
    [
        ["hadolint", "docker/Dockerfile"],
        ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"],
    ],
    ids=lambda command: command[0],
)
def test_linters_find_nothing(command: list[str]) -> None:
    program = Path(sys.executable).with_name(command[0])
    run = subprocess.run(
        [program, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_image_has_the_packages_of_the_makefile() -> None:
    run = subprocess.run(
        ["make", "--no-print-directory", "-f", "Makefile", "-f", "-", "show"],
        input="show:\n\t@echo $(DEBIAN_PACKAGES)\n",
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    installed = re.search(r"--no-install-recommends \\\n(.*?)&& rm", DOCKERFILE, re.DOTALL)
    assert installed
    assert set(installed[1].replace("\\", "").split()) == set(run.stdout.split())


def test_an_image_is_built_by_one_service_and_looked_for_nowhere_else() -> None:
    built = [each["image"] for each in OURS.values() if "build" in each]
    assert sorted(built) == sorted({each["image"] for each in OURS.values()})
    assert all("build" in each or each["pull_policy"] == "never" for each in OURS.values())


def test_the_database_is_not_there_before_its_volume_is_prepared() -> None:
    """Meanwhile a server answers at the socket, and nowhere else."""
    (_, command) = COMPOSE["services"]["postgresql"]["healthcheck"]["test"]
    assert "pg_isready --host 127.0.0.1 " in command


def test_nginx_notices_that_containers_have_other_addresses() -> None:
    assert re.search(r"^resolver 127\.0\.0\.11 valid=5s", NGINX, re.MULTILINE)
    assert re.search(r"zone joanie \S+;\n    server app:8000 [^;]*resolve;", NGINX)
    (version,) = re.findall(r":([\d.]+)", COMPOSE["services"]["nginx"]["image"])
    assert tuple(map(int, version.split("."))) >= (1, 27, 3)


def test_images_are_of_a_version() -> None:
    images = [*re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)]
    images += [each["image"] for name, each in COMPOSE["services"].items() if name not in OURS]
    assert all(re.search(r":v?\d", image) for image in images), images


def test_the_image_runs_as_nobody_in_particular() -> None:
    (user,) = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)
    assert "0" not in user
    assert '\nENTRYPOINT ["' in DOCKERFILE


@pytest.mark.parametrize("name", [*OURS, "nginx"])
def test_our_containers_cannot_write_to_their_root(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    (writable,) = service["tmpfs"]
    assert re.fullmatch(r"/tmp:size=\d+m", writable)
    assert service["cap_drop"] == ["ALL"]


def test_ports_are_published_to_this_machine_alone() -> None:
    published = [port for each in COMPOSE["services"].values() for port in each.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_files_that_are_copied_reach_the_builder_and_exist() -> None:
    copied = [
        path
        for line in re.findall(r"^COPY (?!--)(.*)$", DOCKERFILE, re.MULTILINE)
        for path in line.split()[:-1]
    ]
    kept = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert all((ROOT / path).exists() for path in copied)
    assert all(
        any(path == each or path.startswith(f"{each}/") for each in kept) for path in copied
    )


@pytest.mark.parametrize("name", OURS)
def test_commands_are_those_that_exist(name: str) -> None:
    command = COMPOSE["services"][name]["command"][0]
    entrypoint = (ROOT / "docker/entrypoint").read_text()
    commands = {path.stem for path in ROOT.glob("src/backend/*/*/management/commands/*.py")}
    commands |= {path.stem for path in ROOT.glob("src/backend/*/management/commands/*.py")}
    assert f"\n{command})" in entrypoint or command in commands


@pytest.mark.parametrize(
    "name", re.findall(r"manage\.py (joanie_\w+)", (ROOT / "docker/entrypoint").read_text())
)
def test_the_entrypoint_runs_commands_that_exist(name: str) -> None:
    assert list(ROOT.glob(f"src/backend/joanie/*/management/commands/{name}.py"))


def test_settings_files_are_those_of_the_examples() -> None:
    named = {each["env_file"] for each in COMPOSE["services"].values() if "env_file" in each}
    assert named == {f"env.d/{path.stem}" for path in ROOT.glob("env.d/*.dist")}


def test_what_the_settings_read_is_in_the_examples_and_nothing_else_is() -> None:
    examples = set(read_examples())
    known = names_in_settings() | {f"JOANIE_{name}" for name in DEFAULTS} | {"JOANIE_DUMMY_URL"}
    assert names_in_settings() <= examples
    assert examples <= known | FOREIGN


def test_the_reference_has_every_variable() -> None:
    page = read_page("reference/service-settings.md")
    assert re.findall(r"^### `(.*)`$", page, re.MULTILINE) == [*read_examples()]


def test_no_example_holds_a_secret() -> None:
    secret = re.compile("KEY|PASSWORD|TOKEN|BACKENDS|DATABASE_URL")
    examples = {name: value for name, value in read_examples().items() if secret.search(name)}
    assert len(examples) > 4
    assert all("to-be-replaced" in value or not value for value in examples.values()), examples


def test_a_request_has_the_time_that_providers_may_take() -> None:
    provider = DEFAULTS["PROVIDER_TIMEOUT"]
    assert GUNICORN["graceful_timeout"] > 3 * provider
    assert all(
        limit > GUNICORN["graceful_timeout"] for limit in nginx_seconds("proxy_read_timeout")
    )
    assert seconds(COMPOSE["services"]["app"]["stop_grace_period"]) > GUNICORN["graceful_timeout"]


def test_connections_of_nginx_end_before_those_of_gunicorn() -> None:
    assert max(nginx_seconds("keepalive_timeout")) < GUNICORN["keepalive"]


def test_nginx_leaves_the_size_of_a_notification_to_joanie() -> None:
    (limit,) = re.findall(r"notifications/ \{[^}]*client_max_body_size (\d+)m;", NGINX)
    assert int(limit) * 1024 * 1024 > DEFAULTS["MAX_NOTIFICATION_SIZE"]
