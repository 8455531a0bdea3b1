from collections.abc import Sequence

import pytest
from benchmarks.figures import Figures, Sample
from benchmarks.targets import FLOOR, LEAST_SHARES, Verdict, judge

FEWER = "orders, 10, with 1,000 in all"


def figures(clients: int, name: str, *, of_floor: float = 1.0, p50: float = 10) -> Figures:
    sample = Sample(per_second=100, p50=p50, p95=p50, p99=p50, cpu=5, provider_cpu=0)
    return Figures(name, clients, sample, 3, {FLOOR: of_floor}, 1)


def fast_shop() -> list[Figures]:
    names = (*LEAST_SHARES, FEWER, "PDF, first time")
    return [figures(clients, name) for clients in (1, 8) for name in names]


def missed(verdicts: Sequence[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.met]


def test_a_fast_shop_meets_every_target() -> None:
    assert missed(judge(fast_shop(), bare_pdf=10, memory=100)) == []


@pytest.mark.parametrize("name", LEAST_SHARES)
def test_a_row_below_its_share_of_the_floor_misses_its_target(name: str) -> None:
    slow = figures(8, name, of_floor=LEAST_SHARES[name] - 0.001)
    verdicts = judge([slow, *fast_shop()], bare_pdf=10, memory=100)
    assert missed(verdicts) == [name]


def test_a_document_is_held_against_weasyprint_alone() -> None:
    assert missed(judge(fast_shop(), bare_pdf=8, memory=100)) == []
    assert missed(judge(fast_shop(), bare_pdf=7.9, memory=100)) == ["PDF, first time"]


def test_a_list_may_not_slow_down_with_the_orders_of_others() -> None:
    verdicts = judge([figures(1, "orders, 10", p50=12.1), *fast_shop()], bare_pdf=10, memory=100)
    assert missed(verdicts) == ["orders, 10"]


def test_a_web_worker_has_150_mib_at_most() -> None:
    assert missed(judge(fast_shop(), bare_pdf=10, memory=150)) == []
    assert missed(judge(fast_shop(), bare_pdf=10, memory=150.1)) == ["web worker"]
