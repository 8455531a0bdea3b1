from dataclasses import replace

import pytest
from benchmarks.figures import Figures, Sample, find, share, typical

SAMPLE = Sample(per_second=100, p50=10, p95=20, p99=30, cpu=5, provider_cpu=0)


def test_the_typical_sample_is_the_median_of_each_figure() -> None:
    fast_and_late = replace(SAMPLE, per_second=300, p50=90)
    slow_and_early = replace(SAMPLE, per_second=50, p50=1)
    assert typical([fast_and_late, SAMPLE, slow_and_early]) == SAMPLE


def test_one_bad_round_does_not_change_the_typical_sample() -> None:
    disturbed = replace(SAMPLE, per_second=1, p99=9000)
    assert typical([SAMPLE, disturbed, SAMPLE]) == SAMPLE


def test_a_share_of_a_floor_that_was_not_measured_is_nothing() -> None:
    assert share(50, 200) == 0.25
    assert share(50, 0) == 0


def test_a_row_is_found_by_name_and_clients() -> None:
    alone, together = (Figures("list", each, SAMPLE, 3, {}, 1) for each in (1, 8))
    assert find([alone, together], "list", 8) is together


def test_a_row_that_was_not_measured_is_not_found() -> None:
    with pytest.raises(LookupError, match="list was not measured with 8 clients"):
        find([Figures("list", 1, SAMPLE, 3, {}, 1)], "list", 8)
