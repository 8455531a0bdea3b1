"""Makes a file of env.d from the example beside it: ``make_settings.py env.d/joanie``.

Each secret of the example becomes a random one, that of the database the same in both files.
Only the standard library: there is no checkout's .venv where Docker is all one has.
"""

import os
import re
import secrets
import sys
from pathlib import Path

# In lines that are not commented out: the others are for whoever has such a thing.
EXAMPLE = re.compile(r"(?m)^(?P<name>[A-Z_]+)=(?P<before>.*?)[a-z-]*to-be-replaced[a-z-]*")


def main(path: Path) -> int:
    password = find_password(path.with_name("postgresql")) or secrets.token_urlsafe(50)
    example = path.with_name(f"{path.name}.dist").read_text(encoding="utf-8")
    text, secrets_made = EXAMPLE.subn(lambda found: fill(found, password), example)
    write_private(path, text)
    what = " with secrets that nobody else has" if secrets_made else ""
    sys.stdout.write(f"Made {path}{what}: read it, it is yours to change.\n")
    return 0


def find_password(path: Path) -> str:
    """Return the one of the database that was made before, "" when there is none."""
    if not path.exists():
        return ""
    found = re.search(r"(?m)^POSTGRES_PASSWORD=(.+)$", path.read_text(encoding="utf-8"))
    return found[1] if found else ""


def fill(found: "re.Match[str]", password: str) -> str:
    is_of_database = found["name"] in {"DATABASE_URL", "POSTGRES_PASSWORD"}
    secret = password if is_of_database else secrets.token_urlsafe(50)
    return f"{found['name']}={found['before']}{secret}"


def write_private(path: Path, text: str) -> None:
    """Write what only we can read, and never over a file that is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
