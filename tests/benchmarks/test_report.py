from io import StringIO

from benchmarks.figures import Figures, Sample
from benchmarks.report import as_json, figures_table, verdicts_table
from benchmarks.targets import Verdict
from rich.console import Console
from rich.table import Table

SAMPLE = Sample(per_second=1234.5, p50=10, p95=20, p99=30.06, cpu=5.5, provider_cpu=0)
WARM = Figures("product, warm", 8, SAMPLE, 3, {"bare DRF view": 0.75, "pgbench -N": 1.5}, 1.4)
VERDICT = Verdict("product, warm", 8, "share of the floor", 0.75, 0.7, is_least=True)


def printed(table: Table) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(table)
    output = console.file
    assert isinstance(output, StringIO)
    return output.getvalue()


def test_a_row_shows_its_figures_and_its_share_of_each_floor() -> None:
    text = printed(figures_table([WARM], 8))
    for shown in ("1,234.5", "30.1", "75.0%", "150%", "of pgbench -N"):
        assert shown in text


def test_a_table_has_the_rows_of_so_many_clients() -> None:
    assert "product, warm" not in printed(figures_table([WARM], 1))


def test_a_target_says_whether_it_is_met() -> None:
    text = printed(verdicts_table([VERDICT]))
    assert "75.0%" in text
    assert "≥ 70.0%" in text
    assert "yes" in text


def test_memory_is_shown_in_whole_mebibytes() -> None:
    memory = Verdict("web worker", 8, "MiB", 157.2, 150.0, is_least=False)
    text = printed(verdicts_table([memory]))
    assert "≤ 150" in text
    assert "157" in text
    assert "no" in text


def test_a_row_with_a_target_says_in_the_file_whether_it_is_met() -> None:
    content = as_json([WARM], [VERDICT], rounds=5)
    (row,) = content["rows"]
    assert (row["target"], row["met"]) == (0.7, True)
    assert content["rounds"] == 5


def test_a_row_without_a_target_has_none_in_the_file() -> None:
    (row,) = as_json([WARM], [])["rows"]
    assert "target" not in row
