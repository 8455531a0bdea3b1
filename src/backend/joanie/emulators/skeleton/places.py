"""Where the files of a new provider go, and how Python calls them then."""

from dataclasses import dataclass
from pathlib import Path

BACKENDS, EMULATORS = "joanie.payment.backends", "joanie.emulators"


class BadPlace(ValueError):
    """Says why nothing can be written there, and where it could."""


@dataclass(frozen=True)
class Places:
    """``package`` and ``emulator_package`` are what Python calls those folders.

    ``root`` is where tests are run from.
    """

    root: Path
    backend: Path
    emulator: Path
    page: Path
    tests: Path
    package: str
    emulator_package: str

    @property
    def is_ours(self) -> bool:
        return self.package.startswith(f"{BACKENDS}.")


def in_checkout(root: Path, name: str) -> Places:
    """Spread over a checkout of Joanie, as its own providers are. Raises BadPlace elsewhere."""
    backends = root / "src/backend/joanie/payment/backends"
    if not backends.is_dir():
        raise BadPlace(
            "This is no checkout of Joanie: say which folder is to be made, with --into acme_pay/."
        )
    if (backends / f"{name}.py").exists():
        raise BadPlace(f"{backends / name}.py is there already: choose another name.")
    return Places(
        root=root,
        backend=backends / name,
        emulator=root / "src/backend/joanie/emulators" / name,
        page=root / f"docs/reference/providers/{name}.md",
        tests=root / "tests/payment/backends",
        package=f"{BACKENDS}.{name}",
        emulator_package=f"{EMULATORS}.{name}",
    )


def in_package(folder: Path) -> Places:
    """Keep everything in one folder, which becomes a Python package. Raises BadPlace."""
    folder = folder.resolve()
    parts, parent = [folder.name], folder.parent
    while (parent / "__init__.py").is_file():
        parts.insert(0, parent.name)
        parent = parent.parent
    if not all(part.isidentifier() for part in parts):
        raise BadPlace(f"Python cannot import {'.'.join(parts)}: name a folder such as acme_pay/.")
    package = ".".join(parts)
    return Places(
        root=parent,
        backend=folder,
        emulator=folder / "emulator",
        page=folder / "README.md",
        tests=folder / "tests",
        package=package,
        emulator_package=f"{package}.emulator",
    )
