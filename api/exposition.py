"""What Prometheus reads: the fleet's trackers, what ingest took in, what waits. Made anew for each reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from oversight.tracker_health import Examined, Trouble
from store.tracker_health import Waiting


@dataclass(frozen=True, slots=True)
class Reading:
    """What is told. ``labelled``: trackers with series of their own; the fleet's numbers are of all ``trackers``.

    ``refused``: by the embedded broker, times by kind.
    """

    trackers: Sequence[Examined]
    labelled: Sequence[Examined]
    ingested: Mapping[str, int]
    refused: Mapping[str, int]
    waiting: Waiting


def exposition(reading: Reading) -> bytes:
    """The reading in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Collector(reading))
    return generate_latest(registry)


class _Collector(Collector):
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        yield from _of_the_fleet(self._reading.trackers)
        yield from _of_ingest(self._reading.ingested)
        yield _of_the_broker(self._reading.refused)
        yield from _of_what_waits(self._reading.waiting)
        yield from _of_each_tracker(self._reading.labelled)


def _of_the_fleet(trackers: Sequence[Examined]) -> Iterable[Metric]:
    yield GaugeMetricFamily("gongche_trackers", "Trackers known, registered or not.", value=len(trackers))
    troubled = GaugeMetricFamily("gongche_trackers_troubled", "Trackers with a trouble.", labels=["trouble"])
    for trouble in Trouble:
        troubled.add_metric([trouble.value], sum(trouble in one.troubles for one in trackers))
    yield troubled


def _of_ingest(ingested: Mapping[str, int]) -> Iterable[Metric]:
    came = CounterMetricFamily(
        "gongche_ingest_outcomes", "What became of positions and messages that came in.", labels=["outcome"]
    )
    for outcome, count in ingested.items():
        came.add_metric([outcome], count)
    yield came


def _of_the_broker(refused: Mapping[str, int]) -> Metric:
    times = CounterMetricFamily(
        "gongche_broker_refusals", "Sign-ins and publishes that the embedded broker refused.", labels=["kind"]
    )
    for kind in ("sign_in", "publish"):
        times.add_metric([kind], refused.get(kind, 0))
    return times


def _of_what_waits(waiting: Waiting) -> Iterable[Metric]:
    yield _gauge("gongche_vehicles_to_judge", "Vehicles that wait for the judge.", waiting.vehicles)
    yield _gauge("gongche_messages_unassigned", "Messages that wait for their tracker's fitting.", waiting.messages)
    yield _gauge("gongche_letters_waiting", "Letters that wait to be sent to a target.", waiting.letters)
    yield _gauge(
        "gongche_letters_in_trouble", "Letters that failed, or may not have arrived.", waiting.letters_in_trouble
    )
    yield _gauge("gongche_fleet_silent", "1 while so much of the fleet is silent that the platform is to blame.",
                 waiting.fleet_silent)  # fmt: skip
    if waiting.newest_received_at is not None:
        yield _gauge("gongche_newest_position_received_timestamp_seconds", "When the last position came.",
                     waiting.newest_received_at.timestamp())  # fmt: skip


def _of_each_tracker(trackers: Sequence[Examined]) -> Iterable[Metric]:
    heard = _of_tracker("last_heard_timestamp_seconds", "When it was last heard.")
    offset = _of_tracker("clock_offset_seconds", "Received minus told, the median of the last batches.")
    shares = {
        "fix_ratio": _of_tracker("fix_ratio", "Share of its positions of seven days that have a fix."),
        "late_ratio": _of_tracker("late_ratio", "Share of its positions of seven days that came late."),
        "repeat_ratio": _of_tracker("repeat_ratio", "Share of its positions of seven days that came again."),
    }
    rejected = GaugeMetricFamily(
        "gongche_tracker_rejected", "Messages of seven days that were put aside.", labels=["tracker", "reason"]
    )
    for one in trackers:
        health = one.health
        _add(heard, health.tracker, _seconds(health.heard_at))
        _add(offset, health.tracker, health.clock_offset_s)
        _add(shares["fix_ratio"], health.tracker, health.fix_share)
        _add(shares["late_ratio"], health.tracker, health.late_share)
        _add(shares["repeat_ratio"], health.tracker, health.repeat_share)
        for reason, count in sorted(health.rejected.items()):
            rejected.add_metric([health.tracker, reason], count)
    return [heard, offset, *shares.values(), rejected]


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _of_tracker(name: str, meaning: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"gongche_tracker_{name}", meaning, labels=["tracker"])


def _add(family: GaugeMetricFamily, tracker: str, value: float | None) -> None:
    if value is not None:
        family.add_metric([tracker], value)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()
