"""What Prometheus reads from a page of metrics."""

from collections.abc import Mapping

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]


class Scrape:
    def __init__(self, text: str) -> None:
        self.families = {each.name: each for each in text_string_to_metric_families(text)}
        self.samples: Mapping[tuple[str, Labels], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def value(self, name: str, **labels: str) -> float:
        """Return a number that is there. Raises KeyError."""
        return self.samples[name, frozenset(labels.items())]

    def value_or_0(self, name: str) -> float:
        return self.samples.get((name, frozenset()), 0)

    def ours(self) -> dict[str, set[str]]:
        """Give the labels of each of our metrics that has samples, as one asks for it."""
        return {
            f"{name}_total" if family.type == "counter" else name: {
                label for sample in family.samples for label in sample.labels
            }
            - {"le"}
            for name, family in self.families.items()
            if name.startswith("joanie_") and family.samples and not name.endswith("_created")
        }
