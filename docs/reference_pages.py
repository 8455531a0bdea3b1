"""Writes the pages of the reference that the code knows best, when the documentation is built.

MkDocs calls ``on_files``. The pages come from what runs: the schema of the API, ``conf.py``, the
state machines, the errors, the commands and the decisions' own titles.
"""

import io
import os
import sys
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import django
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
SWAGGER_UI = "assets/swagger-ui"
SWAGGER_FILES = ("swagger-ui-bundle.js", "swagger-ui.css")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages, and what the page of the API shows itself with."""
    _set_up_django()
    pages = {
        "adr/index.md": _decisions,
        "reference/api.md": _api,
        "reference/commands.md": _commands,
        "reference/errors.md": _errors,
        "reference/settings.md": _settings,
        "reference/states.md": _states,
    }
    for path, write in pages.items():
        files.append(File.generated(config, path, content="\n".join(write()) + "\n"))
    for name, source in _swagger_files():
        files.append(File.generated(config, f"{SWAGGER_UI}/{name}", abs_src_path=str(source)))
    return files


def _set_up_django() -> None:
    sys.path.insert(0, str(ROOT / "src/backend"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sandbox.settings")
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
        if token.type == tokenize.COMMENT:
            lines.append(token.string.removeprefix("#").strip())
        elif token.type == tokenize.STRING and lines:
            comments[token.string.strip('"')] = " ".join(lines)
            lines = []
    return comments


def _states() -> Iterator[str]:
    from joanie.core.models import Order
    from joanie.payment.models import (
        CreditCard,
        Payment,
        PaymentNotification,
        ProformaInvoice,
        Refund,
    )

    yield "# States\n"
    yield "What each row can be, and what moves it. Code and database refuse every other move.\n"
    for model in (Order, Payment, ProformaInvoice, CreditCard, Refund, PaymentNotification):
        yield from _machine(model)


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


# Codes of a token that is good, whose learner may not come in: one class raises all of them.
NOT_LET_IN = {
    "inactive_user": "This account is disabled.",
    "no_account": "No account can be made of this token.",
    "staff_token": "Staff cannot use a token.",
}


def _errors() -> Iterator[str]:
    from joanie.common.exceptions import JoanieError

    yield "# Errors\n"
    yield 'What is sent and is not valid answers 400 with `{"field": ["message"]}`. Every other'
    yield 'error answers `{"detail": "for people", "code": "for_programs"}`, and `order_id` or'
    yield "`failure_code` where there is one. The codes do not change.\n"
    yield "| code | status | what it says |\n| --- | --- | --- |"
    for error in sorted(set(_subclasses(JoanieError)), key=lambda each: (each.code, each.status)):
        yield f"| `{error.code}` | {error.status.value} | {error.detail} |"
    for code, detail in NOT_LET_IN.items():
        yield f"| `{code}` | 401 | {detail} |"
    for code, status, detail in _framework_errors():
        yield f"| `{code}` | {status} | {detail} |"


def _subclasses(error: type[Any]) -> Iterator[type[Any]]:
    """Give the classes that say something of their own; a code is listed once."""
    import joanie.urls  # noqa: F401 - loads every module that defines one

    for subclass in error.__subclasses__():
        is_ours = subclass.__module__.startswith(("joanie.api.", "joanie.co", "joanie.payment."))
        if is_ours and {"code", "detail"} <= set(vars(subclass)):
            yield subclass
        yield from _subclasses(subclass)


def _framework_errors() -> Iterator[tuple[str, int, str]]:
    """Give those that REST framework raises for us, and ours that extend its own."""
    from rest_framework import exceptions

    for error in (
        *_of_joanie(exceptions.APIException),
        exceptions.ParseError,
        exceptions.NotAuthenticated,
        exceptions.PermissionDenied,
        exceptions.NotFound,
        exceptions.MethodNotAllowed,
        exceptions.UnsupportedMediaType,
        exceptions.Throttled,
    ):
        detail = str(error.default_detail).format(method="PUT", media_type="text/plain")
        yield error.default_code, error.status_code, detail


def _of_joanie(error: type[Any]) -> Iterator[type[Any]]:
    for subclass in error.__subclasses__():
        if subclass.__module__.startswith("joanie."):
            yield subclass
        yield from _of_joanie(subclass)


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


def _common_options() -> set[str]:
    from django.core.management.base import BaseCommand

    return {action.dest for action in BaseCommand().create_parser("", "")._actions}


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
