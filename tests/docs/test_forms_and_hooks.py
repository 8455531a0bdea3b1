"""The forms for issues and the hooks are what their programs understand, and say what is true."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.docs.commands import ROOT, targets_of_ci

FORMS = ROOT / ".github/ISSUE_TEMPLATE"
PROGRAMS = Path(sys.executable).parent
HOOKS = ROOT / ".pre-commit-config.yaml"


def _run(*command: object) -> None:
    done = subprocess.run(
        [str(PROGRAMS / str(command[0])), *map(str, command[1:])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_forms_for_issues_are_forms() -> None:
    forms = [path for path in FORMS.glob("*.yml") if path.name != "config.yml"]
    _run("check-jsonschema", "--builtin-schema", "vendor.github-issue-forms", *forms)


def test_their_configuration_is_one() -> None:
    _run(
        "check-jsonschema",
        *("--builtin-schema", "vendor.github-issue-config", FORMS / "config.yml"),
    )


def test_the_hooks_are_hooks() -> None:
    _run("pre-commit", "validate-config", HOOKS)


def _hooks() -> list[str]:
    (ours,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))["repos"]
    assert ours["repo"] == "local"
    return [hook["entry"] for hook in ours["hooks"]]


@pytest.mark.parametrize("entry", _hooks())
def test_a_hook_makes_what_ci_makes(entry: str) -> None:
    program, _, target = entry.split()
    assert (program, target in targets_of_ci()) == ("make", True)
