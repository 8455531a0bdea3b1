"""The lists of signals, commands, mails and so on have all that there is, and no more."""

import re

from tests.docs.pages import first_cells, read_page
from tests.docs.source import BACKEND, read_source

from joanie.conf import DEFAULTS
from joanie.payment.backends.types import Capability
from joanie.payment.enums import MailKind


def test_every_signal_is_on_its_page() -> None:
    declared = {
        ".".join([*path.relative_to(BACKEND).with_suffix("").parts, name])
        for path, text in read_source().items()
        for name in re.findall(r"^(\w+) = Signal\(\)", text, re.MULTILINE)
    }
    assert set(first_cells(read_page("reference/signals.md"))) == declared


def test_every_command_is_on_its_page() -> None:
    files = (BACKEND / "joanie").glob("**/management/commands/*.py")
    headings = re.findall(r"^## `(\w+)`", read_page("reference/commands.md"), re.MULTILINE)
    assert sorted(headings) == sorted({path.stem for path in files} - {"__init__"})


def test_every_option_of_a_command_is_explained() -> None:
    silent = r"^\| `([^|]+)` \| *\|$"
    assert re.findall(silent, read_page("reference/commands.md"), re.MULTILINE) == []


def test_every_mail_is_on_its_page() -> None:
    table = read_page("reference/mails.md").partition("Not told by mail")[0]
    assert sorted(first_cells(table)) == sorted(MailKind.values)


def test_all_that_is_kept_for_a_while_is_on_its_page() -> None:
    row = re.compile(r"^\| [^|]+ \| `(\w+)` \| (\d+) days? \|", re.MULTILINE)
    rows = row.findall(read_page("reference/retention.md"))
    assert {kind: int(days) for kind, days in rows} == DEFAULTS["RETENTION_DAYS"]


def test_every_capability_of_a_backend_is_in_the_guide() -> None:
    page = read_page("how-to/add-a-payment-provider.md")
    rows = {f"| `{each.name}` | `{each.value}` |" for each in Capability}
    assert [row for row in rows if row not in page] == []
