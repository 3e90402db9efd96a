"""Run a comparison and say what came out, as a table or as plain values for JSON."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from studyplan.domain.errors import Invalid
from studyplan.simulation.cohort import REPORTING_SEED, Trial, run_trials
from studyplan.simulation.course import Course, Term
from studyplan.simulation.policies import get_policy
from studyplan.simulation.summary import ForecastQuality, Summary, summarise
from studyplan.simulation.truths import find_truth

MOST_WEEKS, MOST_MINUTES, MOST_LEARNERS = 520, 7 * 16 * 60, 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Policies side by side on the same learners; the first is the one that the others are compared with."""

    truth: str
    policies: tuple[str, ...]
    term: Term
    learners: int = 40
    seed: int = REPORTING_SEED

    def __post_init__(self) -> None:
        find_truth(self.truth)
        for name in self.policies:
            get_policy(name)
        for what, value, least, most in (
            ("weeks", self.term.weeks, 1, MOST_WEEKS),
            ("minutes", self.term.minutes, 1, MOST_MINUTES),
            ("learners", self.learners, 2, MOST_LEARNERS),
        ):
            if not least <= value <= most:
                raise Invalid(f"There can be {least} to {most} {what}, not {value}.", field=what)
        if self.seed < 0:
            raise Invalid(f"A seed is 0 or more, not {self.seed}.", field="seed")
        absence = self.term.absence
        if absence and absence.last_week > self.term.weeks:
            raise Invalid(
                f"Week {absence.last_week} of the absence is after the last, {self.term.weeks}.", field="absence"
            )

    def trials(self) -> list[Trial]:
        """Return every learner under every policy, learner by learner, so that an estimate of the time left holds."""
        return [
            Trial(truth=self.truth, policy=policy, term=self.term, seed=self.seed + k)
            for k in range(self.learners)
            for policy in self.policies
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A comparison and the figures of each policy, in the order asked for."""

    comparison: Comparison
    summaries: tuple[Summary, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values; every figure is simulated."""
        return {"simulated": True, **asdict(self.comparison), "policies": [asdict(s) for s in self.summaries]}

    def as_text(self) -> str:
        """Return a table to read in a terminal, and what the forecasts were worth."""
        lines = [_HEAD, *map(_line, self.summaries)]
        return "\n".join(lines + [line for summary in self.summaries for line in _promises(summary)])


def compare(
    comparison: Comparison, course: Course, *, processes: int = 1, after_each: Callable[[], None] = lambda: None
) -> Report:
    """Let all learners live under all policies; `after_each` is called once for each learner and policy."""
    outcomes = run_trials(course, comparison.trials(), processes=processes, after_each=after_each)
    groups = [outcomes[k :: len(comparison.policies)] for k in range(len(comparison.policies))]
    summaries = [
        summarise(policy, group, course, groups[0]) for policy, group in zip(comparison.policies, groups, strict=True)
    ]
    return Report(comparison=comparison, summaries=tuple(summaries))


_HEAD = (
    f"{'simulated':10} {'recall':>13} {'behind':>13} {'weighted':>8} {'weeks':>6} {'worst':>6} {'minutes':>7}"
    f" {'read':>5} {'finish':>6} {'peak':>5} {'over':>4} {'order':>5}"
)


def _line(s: Summary) -> str:
    return (
        f"{s.policy:10} {s.recall:6.3f} ±{s.recall_error:5.3f} {s.ahead:6.3f} ±{s.ahead_error:5.3f}"
        f" {s.weighted_recall:8.3f} {s.weeks_recall:6.3f} {s.worst_tenth:6.3f} {s.minutes:7.0f}"
        f" {s.read:5.1f} {s.finish_week:6.1f} {s.peak_week:5.0f} {s.days_over_budget:4d} {s.out_of_order:5d}"
    )


def _promises(s: Summary) -> list[str]:
    if s.promises is None:
        return []
    p = s.promises
    lines = [f"{s.policy}: forecast at the start {_quality(p.cold)}"]
    if p.after_many_reviews:
        lines.append(f"{s.policy}: forecast after 100 reviews {_quality(p.after_many_reviews)}")
    finish = f"{p.finish_error_weeks:.1f} weeks off, at worst {p.worst_finish_error_weeks:.1f}"
    return [*lines, f"{s.policy}: finish {finish}; readings left out changed {p.left_out_changes:.1f} times"]


def _quality(q: ForecastQuality) -> str:
    return f"off by {q.error:.3f}, band {q.width:.2f} wide covers {q.covered:.0%}"
