"""What a learner's own reviews say about the forecast and about the minutes that things take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from studyplan.domain.calibration import Observation, Timing, learn_offset, learn_pace, learn_shares, review_minutes
from studyplan.domain.catalog import LearnerId, Reading, ReadingId
from studyplan.domain.memory import Rating
from studyplan.domain.plan import ItemKind, Offset, ReviewKind, ReviewMinutes
from studyplan.store import study
from studyplan.store.study import Trace

TRACES = 400
"""An older review would count for less than a thousandth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """How far recall lies from the belief, how first readings outlast the catalog's minutes, what reviews take."""

    offset: Offset
    pace: float
    shares: Mapping[ReviewKind, float]

    def first_minutes(self, reading: Reading) -> float:
        """Return what a first reading takes this learner, in whole minutes."""
        return float(max(1, round(reading.minutes * self.pace)))

    def review_minutes(self, reading: Reading) -> ReviewMinutes:
        """Return what the reviews of a reading take this learner."""
        return review_minutes(float(reading.minutes), self.shares)


def learn_habits(session: Session, learner_id: LearnerId, readings: Sequence[Reading]) -> Habits:
    """Learn from the newest reviews; defaults where there are none."""
    traces = study.list_traces(session, learner_id, limit=TRACES)
    timings = _timings(traces, {reading.id: float(reading.minutes) for reading in readings})
    return Habits(offset=learn_offset(_observations(traces)), pace=learn_pace(timings), shares=learn_shares(timings))


def _observations(traces: Sequence[Trace]) -> list[Observation]:
    return [
        Observation(on=trace.on, predicted=trace.expected, recalled=trace.rating > Rating.FORGOT)
        for trace in traces
        if trace.expected is not None and trace.rating is not None
    ]


def _timings(traces: Sequence[Trace], minutes: Mapping[ReadingId, float]) -> list[Timing]:
    """Return what was timed: reviews, and first readings all of whose parts were."""
    found: list[Timing] = []
    parts: dict[ReadingId, float | None] = {}
    for trace in traces:
        of = minutes.get(trace.reading_id)
        if of is None:
            continue
        if trace.kind is ItemKind.REVIEW:
            if trace.timed and trace.review_kind is not None:
                found.append(Timing(minutes=of, spent=trace.minutes, kind=trace.review_kind))
            continue
        so_far = parts.get(trace.reading_id, 0.0)
        parts[trace.reading_id] = so_far + trace.minutes if trace.timed and so_far is not None else None
        if trace.rating is not None and (spent := parts.pop(trace.reading_id)):
            found.append(Timing(minutes=of, spent=spent))
    return found
