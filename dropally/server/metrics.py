"""Figures for Prometheus, in a registry of our own. Labels never hold names of people or files.

Names follow https://prometheus.io/docs/practices/naming: our prefix, base units, `_total`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from dropally import __version__

MEDIA_TYPE = "text/plain; version=0.0.4"
CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8"
_JOB_BUCKETS_S = (1, 5, 15, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 48 * 3600)


@dataclass(frozen=True)
class Figure:
    """One value of a metric, as a room tells it. All of one name have the same labels."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["gauge", "counter"] = "gauge"


class Metrics:
    """Counts what happens in this process, and asks `figures` for the rest. Safe for threads."""

    def __init__(self, figures: Callable[[], Iterable[Figure]] = tuple) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._registry.register(_Facts(figures))
        self._requests = Histogram(
            "http_request_duration_seconds",
            "Time until an answer began, by route.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._runs = Counter(
            "dropally_job_runs_total",
            "Jobs that have ended since the start.",
            ("kind", "status"),
            registry=self._registry,
        )
        self._durations = Histogram(
            "dropally_job_duration_seconds",
            "How long jobs ran.",
            ("kind",),
            buckets=_JOB_BUCKETS_S,
            registry=self._registry,
        )

    def count_request(self, method: str, route: str, status: int, duration_s: float) -> None:
        """An answer has begun. `route` is the template of the path, never the path."""
        self._requests.labels(method, route, str(status)).observe(duration_s)

    def count_job(self, kind: str, status: str, duration_s: float | None) -> None:
        """A job has ended; `duration_s` None if it never ran."""
        self._runs.labels(kind, status).inc()
        if duration_s is not None:
            self._durations.labels(kind).observe(duration_s)

    def text(self) -> bytes:
        """All of it in Prometheus' text format. Raises DropallyError where facts cannot be read."""
        return generate_latest(self._registry)


class _Facts(Collector):
    """The figures of the rooms, as metric families."""

    def __init__(self, figures: Callable[[], Iterable[Figure]]) -> None:
        self._figures = figures

    def describe(self) -> Iterable[Metric]:
        """Nothing: what there is may differ from time to time."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Ask now."""
        build = GaugeMetricFamily("dropally_build_info", "This version.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        families: dict[str, GaugeMetricFamily | CounterMetricFamily] = {}
        for figure in self._figures():
            if figure.name not in families:
                make = GaugeMetricFamily if figure.kind == "gauge" else CounterMetricFamily
                families[figure.name] = make(figure.name, figure.help, labels=list(figure.labels))
            families[figure.name].add_metric(list(figure.labels.values()), figure.value)
        yield from families.values()
