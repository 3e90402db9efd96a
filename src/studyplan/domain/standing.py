"""Where a learner stands with each reading: read and how fresh, ready to be read, or waiting for another."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import Memory, retrievability

Links = Mapping[ReadingId, frozenset[ReadingId]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One reading: its memory and recall when it is read; else whether all that it builds on is read."""

    memory: Memory | None
    recall: float | None
    is_ready: bool

    @property
    def is_read(self) -> bool:
        """Say whether it was read to its end."""
        return self.memory is not None


def stand(
    reading_ids: Iterable[ReadingId], builds_on: Links, memories: Mapping[ReadingId, Memory], *, today: date
) -> dict[ReadingId, Standing]:
    """Return the standing of each reading on a study day."""
    standings = {}
    for reading_id in reading_ids:
        memory = memories.get(reading_id)
        standings[reading_id] = Standing(
            memory=memory,
            recall=None if memory is None else retrievability(memory, today),
            is_ready=memory is None and builds_on.get(reading_id, frozenset()) <= memories.keys(),
        )
    return standings
