"""The page of what the service reads from its environment, made from ``env.d/*.dist``."""

import re
from collections.abc import Iterator
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "env.d"
VARIABLE = re.compile(r"(#?)([A-Z][A-Z0-9_]*)=(.*)")
# The order in which somebody meets them.
FILES = ("joanie", "postgresql", "ngrok")


def write_service_settings() -> Iterator[str]:
    yield "# Settings of the service\n"
    yield "What the processes of [the service](../how-to/deploy.md) read from their environment,"
    yield "by the file of `env.d` that Docker Compose reads it from. Without Docker, set them in"
    yield "any way you like. A variable that is empty is not set.\n"
    yield "Each setting of [`JOANIE`](settings.md) is a variable too: `JOANIE_` and its name."
    yield "Where the default is a text or `None`, the variable is the text; anything else is JSON:"
    yield '`JOANIE_PROVIDER_TIMEOUT=5`, `JOANIE_ALLOWED_RETURN_URLS=["https://www.example.org/"]`,'
    yield "`JOANIE_THROTTLE_RATES=null`. The first of `JOANIE_PAYMENT_BACKENDS` is the default."
    yield "Those below are the ones that most shops set.\n"
    for name in FILES:
        yield from _write_file(EXAMPLES / f"{name}.dist")


def _write_file(path: Path) -> Iterator[str]:
    introduction, *paragraphs = path.read_text(encoding="utf-8").split("\n\n")
    yield f"## `env.d/{path.stem}`\n"
    yield f"{_read_comment(introduction.splitlines())}\n"
    for paragraph in paragraphs:
        comment: list[str] = []
        for line in paragraph.splitlines():
            if found := VARIABLE.fullmatch(line):
                yield f"### `{found[2]}`\n"
                yield f"{_read_comment(comment)}\n"
                if found[3]:
                    yield f"For example `{found[3]}`.\n"
                comment = []
            else:
                comment.append(line)
        if comment:
            yield f"{_read_comment(comment)}\n"


def _read_comment(lines: list[str]) -> str:
    return " ".join(line.removeprefix("#").strip() for line in lines)
