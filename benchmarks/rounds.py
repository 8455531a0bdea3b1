"""The rounds: each measures every row once, so that what else the machine does hits all alike."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from statistics import median

from benchmarks import bare_document, load, pgbench
from benchmarks.exceptions import BenchFailed
from benchmarks.figures import Figures, Sample, share, typical
from benchmarks.in_process import count_statements
from benchmarks.rows import FLOORS, ROWS, Row, Run, rows_of_a_round
from benchmarks.site import Server, Site
from benchmarks.stock import Stock
from benchmarks.wire import Request
from joanie.payment.models import ProformaInvoice

CLIENTS = (1, 8)
PGBENCH = "pgbench -N"
MILLISECONDS = 1000
# How often each request is sent before it is measured, so that each worker has seen it.
WARM_UP = 6


@dataclass
class Rounds:
    """``tell`` is told what is being done."""

    site: Site
    stock: Stock
    seconds: int
    tell: Callable[[str], None]
    samples: dict[tuple[str, int], list[Sample]] = field(default_factory=lambda: defaultdict(list))
    transactions: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    bare_pdfs: list[float] = field(default_factory=list)

    def measure(self, name: str) -> None:
        """Measure everything once more."""
        self._warm_up(name)
        for row in rows_of_a_round():
            for clients in CLIENTS:
                self.tell(f"{name}: {row.name}, {clients} at a time")
                self.samples[row.name, clients].append(self._sample(row, clients))
        for clients in CLIENTS:
            self.tell(f"{name}: {PGBENCH}, {clients} at a time")
            rate = pgbench.measure(clients=clients, seconds=self.seconds)
            self.transactions[clients].append(rate)
        self.tell(f"{name}: bare WeasyPrint")
        taken = bare_document.measure(self._page, seconds=self.seconds)
        self.bare_pdfs.append(median(taken) * MILLISECONDS)

    def figures(self) -> list[Figures]:
        """Put together what was measured in all rounds."""
        statements = self._count_statements()
        found = []
        for clients in CLIENTS:
            middles = {row.name: typical(self.samples[row.name, clients]) for row in ROWS}
            floors = {row.name: middles[row.name].per_second for row in FLOORS}
            floors[PGBENCH] = median(self.transactions[clients])
            cpu = middles[FLOORS[0].name].cpu
            for name, middle in middles.items():
                shares = {each: share(middle.per_second, rate) for each, rate in floors.items()}
                of_floor = share(middle.cpu, cpu)
                found.append(Figures(name, clients, middle, statements[name], shares, of_floor))
        return found

    @property
    def bare_pdf(self) -> float:
        """Milliseconds."""
        return median(self.bare_pdfs)

    def _run_on(self, server: Server) -> Run:
        return Run(self.stock, self.seconds, server.url)

    def _warm_up(self, name: str) -> None:
        for row in ROWS:
            if row.is_cold:
                continue
            self.tell(f"{name}: warm-up, {row.name}")
            server = self.site.server(row.server)
            requests = row.requests(replace(self._run_on(server), seconds=1))
            requests = requests[:8] if row.is_once else [*requests] * WARM_UP
            self._send(row, requests, server, clients=max(CLIENTS), seconds=60, is_once=True)

    def _sample(self, row: Row, clients: int) -> Sample:
        server, provider = self.site.server(row.server), self.site.provider
        requests = row.requests(self._run_on(server))
        cpu, provider_cpu = server.cpu(), provider.cpu()
        seconds = self.seconds * row.patience
        result = self._send(
            row, requests, server, clients=clients, seconds=seconds, is_once=row.is_once
        )
        return Sample(
            per_second=result.per_second,
            p50=result.p50 * MILLISECONDS,
            p95=result.p95 * MILLISECONDS,
            p99=result.p99 * MILLISECONDS,
            cpu=(server.cpu() - cpu) * MILLISECONDS / result.issued,
            provider_cpu=(provider.cpu() - provider_cpu) * MILLISECONDS / result.issued,
        )

    def _send(
        self,
        row: Row,
        requests: Sequence[Request],
        server: Server,
        *,
        clients: int,
        seconds: int,
        is_once: bool,
    ) -> load.Load:
        try:
            result = load.send(
                requests,
                port=server.port,
                clients=clients,
                seconds=seconds,
                is_once=is_once,
                status=row.status,
            )
        except BenchFailed as error:
            raise BenchFailed(f"{row.name}, {clients} at a time: {error}") from error
        server.wait_until_idle()
        return result

    def _count_statements(self) -> dict[str, int]:
        run = replace(self._run_on(self.site.web), seconds=1)
        return {row.name: count_statements(row, run) for row in ROWS}

    @cached_property
    def _page(self) -> str:
        """The page of one of the documents that the first-time row downloads."""
        invoice = ProformaInvoice.objects.filter(parent=None, pdf_sha256="").first()
        if invoice is None:
            raise BenchFailed("No document is left that was not rendered.")
        return bare_document.page_of(invoice)


def row_named(name: str) -> Row:
    """Find the row whose name starts so. Raises LookupError."""
    for row in ROWS:
        if row.name.lower().startswith(name.lower()):
            return row
    raise LookupError(f"No row is called {name!r}: {', '.join(row.name for row in ROWS)}")
