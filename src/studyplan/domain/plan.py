"""The values that go into a plan and come out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from studyplan.domain.catalog import ReadingId
from studyplan.domain.memory import DEFAULT_VERSION, Memory

REVIEW_SHARE = 0.25
LEAST_REVIEW_MINUTES = 3.0
PROMPT_FROM = 0.85
REREAD_BELOW = 0.35
COMING_DAYS = timedelta(days=8)


class ItemKind(StrEnum):
    """What an item asks for: a whole first reading, a part of one, or a review."""

    FIRST = "first"
    PART = "part"
    REVIEW = "review"


class ReviewKind(StrEnum):
    """How a review goes on after its recall question."""

    PROMPT = "prompt"
    SKIM = "skim"
    REREAD = "reread"


class Binding(StrEnum):
    """The constraint that put an item on its day."""

    STARTED = "started"
    PLACED = "placed"
    WORTH = "worth"
    ORDER = "order"
    SPARE = "spare"


class WhyLeftOut(StrEnum):
    """Why a reading is not in the plan."""

    PRICE = "price"
    WEIGHT = "weight"
    BUILDS_ON = "builds_on"
    NO_ROOM = "no_room"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewMinutes:
    """How long the three kinds of review of one reading take."""

    prompt: float
    skim: float
    reread: float

    @classmethod
    def of(cls, minutes: float) -> "ReviewMinutes":
        """Return what a review of a reading takes while the learner's own timings are unknown."""
        usual = max(LEAST_REVIEW_MINUTES, REVIEW_SHARE * minutes)
        return cls(prompt=usual, skim=usual, reread=usual)

    def for_kind(self, kind: ReviewKind) -> float:
        """Return the minutes of one kind."""
        return {ReviewKind.PROMPT: self.prompt, ReviewKind.SKIM: self.skim, ReviewKind.REREAD: self.reread}[kind]


def kind_of_review(recall: float) -> ReviewKind:
    """Return the kind of review that a predicted recall calls for."""
    if recall >= PROMPT_FROM:
        return ReviewKind.PROMPT
    return ReviewKind.REREAD if recall < REREAD_BELOW else ReviewKind.SKIM


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """An item that the learner has already been told of: its kind and minutes stay as they were."""

    kind: ItemKind
    minutes: float
    review_kind: ReviewKind | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One reading as the planner sees it. `minutes` is the whole first reading, `minutes_read` what is done of it.

    `weight` multiplies the worth of recalling it; `horizon_on` overrules the plan's horizon; nothing of it is planned
    before `not_before_on`. What the learner put on a day (`placed_on`) takes its minutes first, on that day or else the
    next that holds it. Ids in `builds_on` that are not among the candidates do not bind.
    """

    reading_id: ReadingId
    minutes: float
    minutes_read: float = 0.0
    parts_read: int = 0
    weight: float = 1.0
    horizon_on: date | None = None
    builds_on: frozenset[ReadingId] = frozenset()
    memory: Memory | None = None
    review_minutes: ReviewMinutes | None = None
    published: Published | None = None
    wanted_before: bool | None = None
    not_before_on: date | None = None
    placed_on: date | None = None

    @property
    def minutes_left(self) -> float:
        """Return what is still to read for the first time."""
        return 0.0 if self.memory is not None else max(0.0, self.minutes - self.minutes_read)

    @property
    def usual_review_minutes(self) -> ReviewMinutes:
        """Return the minutes of its reviews, by default a share of the reading's."""
        return self.review_minutes or ReviewMinutes.of(self.minutes)


def list_blocked(candidates: Sequence[Candidate]) -> frozenset[ReadingId]:
    """Return the unread candidates that build on an unread one."""
    unread = {item.reading_id for item in candidates if item.memory is None}
    return frozenset(item.reading_id for item in candidates if item.reading_id in unread and item.builds_on & unread)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offset:
    """How far the learner's recall lies from the belief, on the logit scale, with the spread of what is not known."""

    mean: float = 0.0
    spread: float = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Aim:
    """What a plan works towards: the horizon (none: half a year, rolling) and the belief about the learner."""

    horizon_on: date | None = None
    version: str = DEFAULT_VERSION
    offset: Offset = field(default_factory=Offset)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why an item stands where it stands, in figures that can be computed again.

    `horizon_on` is the reading's horizon; None where the plan rolls, half a year ahead. `recall_now` is the recall
    on the item's day. At the reading's horizon the recall is `horizon_without` if nothing of it is done any more,
    `horizon_with` after this item alone, and `horizon_reviewed` with the further reviews that are planned, as the
    forecast expects it. `price` is what a minute must buy on that day. `value_per_minute` is what this item gains,
    further reviews and their price counted on both sides, in weighted recall for each of its minutes (of a part: of
    all minutes of the first reading).
    """

    recall_now: float
    horizon_without: float
    horizon_with: float
    horizon_reviewed: float
    value_per_minute: float
    price: float
    binding: Binding
    horizon_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanItem:
    """One thing to do on one study day."""

    reading_id: ReadingId
    on: date
    kind: ItemKind
    minutes: float
    reason: Reason
    part: int = 1
    parts: int = 1
    review_kind: ReviewKind | None = None

    @property
    def finishes(self) -> bool:
        """Say whether the reading has been read to its end after this item."""
        return self.kind is ItemKind.FIRST or (self.kind is ItemKind.PART and self.part == self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftOut:
    """A reading that the plan leaves out, with what each of its minutes would buy."""

    reading_id: ReadingId
    why: WhyLeftOut
    value_per_minute: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FinishRange:
    """When all first readings of the plan are done; None in a place means not within the plan."""

    early_on: date | None
    expected_on: date | None
    late_on: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecallForecast:
    """Mean recall of all candidates at the horizon (unread: 0), with an 80 % band."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """One week of the plan, from its Monday: minutes planned and there, and whether it is tight."""

    first_on: date
    minutes: float
    budget: float
    tight: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Coming:
    """What a plan says of its first days and of its end: all that a digest needs of it."""

    items: tuple[PlanItem, ...]
    unread: int
    horizon_on: date | None
    finish: FinishRange
    recall: RecallForecast
    left_out: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A whole plan up to the horizon, as it is shown and stored.

    `value` is the weighted recall at the horizons, and a little for how early each is read.
    """

    made_on: date
    horizon_on: date
    rolling: bool
    items: tuple[PlanItem, ...]
    price: float
    value: float
    left_out: tuple[LeftOut, ...]
    finish: FinishRange
    recall: RecallForecast
    weeks: tuple[Week, ...]
    version: str
    inputs: str

    def on(self, day: date) -> tuple[PlanItem, ...]:
        """Return the items of one study day in the order to do them."""
        return tuple(item for item in self.items if item.on == day)

    @property
    def goal_on(self) -> date | None:
        """Return the horizon; None where it rolls, half a year ahead."""
        return None if self.rolling else self.horizon_on

    @property
    def wanted(self) -> frozenset[ReadingId]:
        """Return the readings that the plan reads for the first time."""
        return frozenset(item.reading_id for item in self.items if item.kind is not ItemKind.REVIEW)

    @property
    def coming(self) -> Coming:
        """Return the first eight days, so that a week can be told of a day later too, and where all leads."""
        until = self.made_on + COMING_DAYS
        return Coming(
            items=tuple(item for item in self.items if item.on < until),
            unread=len(self.wanted),
            horizon_on=self.goal_on,
            finish=self.finish,
            recall=self.recall,
            left_out=len(self.left_out),
        )
