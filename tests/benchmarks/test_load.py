import pytest
from benchmarks.exceptions import BenchFailed
from benchmarks.load import Load, read_load
from benchmarks.pgbench import read_rate

SAID = """issued 108.000000
completed 100.000000
unexpected {unexpected}.000000
started 1000.500000
ended 1002.500000
p50 15000
p95 20000
p99 30000
lost {lost}
sample {sample}
"""


def test_what_wrk_says_is_read_in_seconds() -> None:
    load = read_load(SAID.format(unexpected=0, lost=0, sample=""))
    assert load == Load(108, 100, 2.0, p50=0.015, p95=0.02, p99=0.03)
    assert load.per_second == 50


def test_an_unexpected_answer_fails_the_run_and_is_shown() -> None:
    with pytest.raises(BenchFailed, match="409 already bought"):
        read_load(SAID.format(unexpected=2, lost=0, sample="409 already bought"))


def test_a_lost_answer_fails_the_run() -> None:
    with pytest.raises(BenchFailed, match="3 were lost"):
        read_load(SAID.format(unexpected=0, lost=3, sample=""))


def test_the_rate_of_pgbench_is_read() -> None:
    said = "latency average = 5.1 ms\ntps = 195.520000 (without initial connection time)\n"
    assert read_rate(said) == 195.52


def test_a_pgbench_without_a_rate_fails_the_run() -> None:
    with pytest.raises(BenchFailed, match="says no rate"):
        read_rate("pgbench (18.4)\n")
