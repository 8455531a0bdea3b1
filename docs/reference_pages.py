"""Writes the pages of the reference that the code knows best, when the documentation is built.

MkDocs calls ``on_files``. The pages come from what runs: the schema of the API, ``conf.py``, the
state machines, the errors, the commands, the system checks and the decisions' own titles.
"""

import html
import io
import os
import sys
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
SWAGGER_UI = "assets/swagger-ui"
SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, and what the page of the API shows itself with."""
    for path, text in write_pages().items():
        files.append(File.generated(config, path, content=text))
    for name, source in _swagger_files():
        files.append(File.generated(config, f"{SWAGGER_UI}/{name}", abs_src_path=str(source)))
    return files


def write_pages() -> dict[str, str]:
    """Give the text of each page that is generated, by its path below ``docs``."""
    _set_up_django()
    pages = {
        "adr/index.md": _decisions,
        "reference/api.md": _api,
        "reference/checks.md": _checks,
        "reference/commands.md": _commands,
        "reference/errors.md": _errors,
        "reference/metrics.md": _metrics,
        "reference/service-settings.md": _service_settings,
        "reference/settings.md": _settings,
        "reference/states.md": _states,
    }
    return {path: "\n".join(write()) + "\n" for path, write in pages.items()}


def _set_up_django() -> None:
    sys.path[:0] = [str(ROOT), str(ROOT / "src/backend")]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")
    if not apps.ready:  # a second time it would configure logging anew
        django.setup()


def _decisions() -> Iterator[str]:
    yield "# Decisions\n"
    yield "Why things are as they are: what was chosen, instead of what, and what follows.\n"
    for path in sorted((ROOT / "docs/adr").glob("0*.md")):
        title = path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
        yield f"- [{title}]({path.name})"


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "One dictionary in the settings of your project; what it leaves out has its default.\n"
    yield "```python\nJOANIE = {\n    ...\n}\n```\n"
    yield "`manage.py check` refuses keys that do not exist and values that cannot work.\n"
    from joanie.conf import DEFAULTS

    comments = _comments_of_settings()
    for name, default in DEFAULTS.items():
        yield f"## `{name}`\n"
        yield f"{comments[name]}\n"
        yield f"Default: `{default!r}`\n"


def _comments_of_settings() -> Mapping[str, str]:
    """Read what ``conf.py`` says of each key, on the lines above it."""
    source = (ROOT / "src/backend/joanie/conf.py").read_text(encoding="utf-8")
    lines: list[str] = []
    comments: dict[str, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#"):
            lines.append(token.string.removeprefix("#").strip())
        elif token.type == tokenize.STRING and lines:
            comments[token.string.strip('"')] = " ".join(lines)
            lines = []
    return comments


def _service_settings() -> Iterator[str]:
    from docs.service_settings import write_service_settings

    yield from write_service_settings()


def _states() -> Iterator[str]:
    yield "# States\n"
    yield "What each row can be, and what moves it. Code and database refuse every other move."
    yield "[How money moves](../explanation/how-money-moves.md) says what they are there for.\n"
    for model in find_machines():
        yield from _machine(model)
    for model in _models_with_plain_states():
        yield f"## {model._meta.verbose_name.capitalize()}\n"
        yield "It has no machine: a use case writes its state.\n"
        yield "| state | |\n| --- | --- |"
        for value, label in model._meta.get_field("state").choices:
            yield f"| `{value}` | {label} |"
        yield ""


def find_machines() -> list[type[Any]]:
    """List the models whose state only moves as their machine says: orders and payments first."""
    from django_fsm import FSMField

    return [model for model in _models_with_state() if isinstance(_state_of(model), FSMField)]


def _models_with_plain_states() -> list[type[Any]]:
    machines = find_machines()
    return [model for model in _models_with_state() if model not in machines]


def _models_with_state() -> Iterator[type[Any]]:
    from django.apps import apps

    first = [apps.get_app_config(label) for label in ("joanie_core", "joanie_payment")]
    models = [model for each in first for model in each.get_models()]
    for model in dict.fromkeys([*models, *apps.get_models()]):
        is_ours = model.__module__.startswith("joanie.") and not model._meta.proxy
        if is_ours and _state_of(model) is not None and _state_of(model).choices:
            yield model


def _state_of(model: type[Any]) -> Any:
    return next((field for field in model._meta.fields if field.name == "state"), None)


def _machine(model: Any) -> Iterator[str]:
    field = model._meta.get_field("state")
    moves = list(field.get_all_transitions(model))
    yield f"## {model._meta.verbose_name.capitalize()}\n"
    yield "```mermaid\nstateDiagram-v2"
    yield f"    [*] --> {field.default}"
    for source, target in sorted({(str(move.source), str(move.target)) for move in moves}):
        yield f"    {source} --> {target}"
    yield "```\n"
    yield "| move | from | to | when |\n| --- | --- | --- | --- |"
    by_name: dict[str, list[Any]] = {}
    for move in moves:
        by_name.setdefault(move.name, []).append(move)
    for name, same in by_name.items():
        sources = ", ".join(sorted(str(move.source) for move in same))
        yield f"| `{name}` | {sources} | {same[0].target} | {getattr(model, name).__doc__} |"
    yield ""


def _errors() -> Iterator[str]:
    from docs.error_codes import STATUSES, find_error_codes

    yield "# Errors\n"
    yield 'What is sent and is not valid answers 400 with `{"field": ["message"]}`. Every other'
    yield 'error answers `{"detail": "for people", "code": "for_programs"}`, and `order_id` or'
    yield "`failure_code` where there is one. The codes do not change; the messages are in the"
    yield "language of the request.\n"
    yield "## Statuses\n"
    yield "| status | what it means |\n| --- | --- |"
    for status, meaning in STATUSES.items():
        yield f"| {status} | {meaning} |"
    codes = find_error_codes()
    yield "\n## Codes\n"
    yield "Some are only seen by staff, in the admin and in commands.\n"
    yield "| code | status | what it says |\n| --- | --- | --- |"
    for error in codes:
        if not error.field:
            yield f"| `{error.code}` | {error.status} | {error.detail} |"
    yield "\n## By field\n"
    yield "These answer 400 with the message under a field, without a code; the code stands in"
    yield "the logs.\n"
    yield "| code | field | what it says |\n| --- | --- | --- |"
    for error in codes:
        if error.field:
            yield f"| `{error.code}` | {error.field} | {error.detail} |"
    yield from _failure_codes()


def _failure_codes() -> Iterator[str]:
    from joanie.payment.enums import FailureCode, publish_failure_code

    yield "\n## Failure codes\n"
    yield "Why a payment failed, in the same words for every provider.\n"
    yield "| failure code | what staff see | what learners are told |\n| --- | --- | --- |"
    for code, label in FailureCode.choices:
        yield f"| `{code}` | {label} | `{publish_failure_code(code)}` |"


def _commands() -> Iterator[str]:
    from django.core.management import get_commands, load_command_class

    yield "# Commands\n"
    yield "What `manage.py` does once Joanie is installed. Those of `joanie.emulators` and"
    yield "`joanie.demo` are for development.\n"
    ours = {name: app for name, app in get_commands().items() if str(app).startswith("joanie")}
    for name in sorted(ours, key=lambda each: (ours[each], each)):
        parser = load_command_class(str(ours[name]), name).create_parser("manage.py", name)
        usage = parser.format_usage().removeprefix("usage: ")
        before, _, after = usage.partition("[--version]")
        usage = before + after.partition("[--force-color]")[2].replace("[--skip-checks]", "")
        yield f"## `{name}`\n"
        yield f"{parser.description}\n"
        yield f"In `{ours[name]}`.\n"
        yield f"```text\n{' '.join(usage.split())}\n```\n"
        own = [
            action
            for action in parser._actions
            if action.dest not in _common_options() and action.dest != "help"
        ]
        if own:
            yield "| option | what it does |\n| --- | --- |"
            for action in own:
                label = ", ".join(action.option_strings) or action.metavar or action.dest
                yield f"| `{label}` | {action.help or ''} |"
            yield ""


def _checks() -> Iterator[str]:
    from docs.system_checks import find_checks

    yield "# System checks\n"
    yield "What `manage.py check` says of the settings and of the machine. Django runs it before"
    yield "most commands, and an error stops them. Those that are for deployments alone come with"
    yield "`manage.py check --deploy`. Silence one that you know better about in"
    yield "`SILENCED_SYSTEM_CHECKS`. What stands here in angle brackets is filled in.\n"
    rows: dict[str, list[Any]] = {}
    for check in find_checks():
        rows.setdefault(check.id, []).append(check)
    yield "| check | kind | says | what to do |\n| --- | --- | --- | --- |"
    for check_id, same in rows.items():
        kind = same[0].severity + (", `--deploy`" if same[0].is_for_deployment else "")
        said = _in_cell([check.message for check in same])
        yield f"| `{check_id}` | {kind} | {said} | {_in_cell([check.hint for check in same])} |"


def _in_cell(texts: list[str]) -> str:
    different = dict.fromkeys(html.escape(text, quote=False) for text in texts if text)
    return "<br>".join(different).replace("|", "\\|").replace("….", "…")


def _common_options() -> set[str]:
    from django.core.management.base import BaseCommand

    return {action.dest for action in BaseCommand().create_parser("", "")._actions}


def _metrics() -> Iterator[str]:
    from joanie.operations.metric_list import list_metrics

    yield "# Metrics\n"
    yield "What Prometheus reads at `/metrics`, where [a site is watched](../how-to/observe.md)."
    yield "Web processes and workers count; the gauges are read in the database when a web"
    yield "process is asked, so each of them says the same. Python's own numbers are there too.\n"
    yield "`backend` is an alias of [`PAYMENT_BACKENDS`](settings.md#payment_backends); empty for"
    yield "a notification whose address names none. No label is an id, or what somebody sent.\n"
    yield "| metric | type | labels | what it says |\n| --- | --- | --- | --- |"
    for metric in list_metrics():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.kind} | {labels} | {metric.documentation} |"
    yield "\nA histogram `x` gives `x_count`, `x_sum`, and `x_bucket` by `le`, in seconds."


CLAIMS = {
    "username": "*needed*; who has none of this name yet is created. Never one of staff",
    "exp": "*needed*; when the token ends",
    "email": "where mails go; without it there are none",
    "language": "of answers, orders, documents and mails, where no `Accept-Language` is sent",
    "iss, aud": "compared, when [`JWT_ISSUER`](settings.md#jwt_issuer) or"
    " [`JWT_AUDIENCE`](settings.md#jwt_audience) is set",
}


def _api() -> Iterator[str]:
    import yaml

    schema = yaml.safe_load((ROOT / "docs/reference/openapi.yaml").read_text(encoding="utf-8"))
    yield "# REST API\n"
    yield "The description is [openapi.yaml](openapi.yaml), in OpenAPI 3.1; a running site serves"
    yield "it at `/api/v1.0/schema/`, to be tried out at `/api/v1.0/docs/`. All of it is below the"
    yield "path where `joanie.urls` is included.\n"
    yield "A request says who the learner is by `Authorization: Bearer <token>`, a JSON Web Token"
    yield "that the catalogue signs ([`JWT_SIGNING_KEY`](settings.md#jwt_signing_key) or"
    yield "[`JWKS_URL`](settings.md#jwks_url)):\n"
    yield "| claim | |\n| --- | --- |"
    for claim, meaning in CLAIMS.items():
        yield f"| `{claim}` | {meaning} |"
    yield ""
    yield "| path | operations | |\n| --- | --- | --- |"
    for path, operations in schema["paths"].items():
        methods = " ".join(method.upper() for method in operations)
        described = next(iter(operations.values())).get("description", "")
        yield f"| `{path}` | {methods} | {' '.join(described.split())} |"
    yield f'\n<link rel="stylesheet" href="../{SWAGGER_UI}/swagger-ui.css">'
    yield '<div id="swagger-ui" style="background: white"></div>'
    yield f'<script src="../{SWAGGER_UI}/swagger-ui-bundle.js"></script>'
    options = '{url: "openapi.yaml", dom_id: "#swagger-ui", supportedSubmitMethods: []}'
    yield f"<script>SwaggerUIBundle({options})</script>"


def _swagger_files() -> Iterator[tuple[str, Path]]:
    import drf_spectacular_sidecar

    folder = Path(drf_spectacular_sidecar.__file__).parent
    for name in SWAGGER_FILES:
        yield name, folder / "static/drf_spectacular_sidecar/swagger-ui-dist" / name
