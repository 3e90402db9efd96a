"""The markdown tables of the planner's bench."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from planner_oracle import Near

from studyplan.simulation.course import Term
from studyplan.simulation.policies import RIVALS
from studyplan.simulation.report import Report
from studyplan.simulation.summary import Summary

Figure = Callable[[Summary], float]


def markdown(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def cell(term: Term) -> str:
    return f"{term.weeks}×{term.minutes}"


def by_policy(report: Report) -> dict[str, Summary]:
    return {summary.policy: summary for summary in report.summaries}


def best_rival(report: Report, figure: Figure) -> Summary:
    policies = by_policy(report)
    return max((policies[name] for name in RIVALS), key=figure)


def ratio(report: Report, figure: Figure) -> float:
    """Return the planner's figure over that of the rival that is best in it."""
    return figure(report.summaries[0]) / figure(best_rival(report, figure))


def recall(summary: Summary) -> float:
    return summary.recall


def weighted(summary: Summary) -> float:
    return summary.weighted_recall


def weeks(summary: Summary) -> float:
    return summary.weeks_recall


def cell_table(reports: Sequence[Report]) -> str:
    head = (
        "truth", "weeks × minutes", "planner", "best rival", "ahead of it", "÷ best rival", "tier-weighted ÷",
        "mean over weeks ÷", "÷ quota", "÷ greedy", "worst tenth", "read", "peak ÷ mean week",
    )  # fmt: skip
    return markdown("The planner against the best rival of each cell", head, [_cell_row(report) for report in reports])


def _cell_row(report: Report) -> list[str]:
    planner, best, policies = report.summaries[0], best_rival(report, recall), by_policy(report)
    return [
        report.comparison.truth,
        cell(report.comparison.term),
        f"{planner.recall:.3f}",
        f"{best.recall:.3f} ({best.policy})",
        f"{best.ahead:.3f} ± {best.ahead_error:.3f}",
        f"{ratio(report, recall):.2f}",
        f"{ratio(report, weighted):.2f}",
        f"{ratio(report, weeks):.2f}",
        f"{planner.recall / policies['quota'].recall:.2f}",
        f"{planner.recall / policies['greedy'].recall:.3f}",
        f"{planner.worst_tenth:.2f}",
        f"{planner.read:.1f}",
        f"{planner.peak_ratio:.3f}",
    ]


def recall_table(reports: Sequence[Report]) -> str:
    head = ["truth", "weeks × minutes", *(summary.policy for summary in reports[0].summaries)]
    rows = [
        [report.comparison.truth, cell(report.comparison.term), *(f"{s.recall:.3f}" for s in report.summaries)]
        for report in reports
    ]
    return markdown("Mean recall of all readings at the horizon", head, rows)


def forecast_table(reports: Sequence[Report]) -> str:
    head = ("truth", "weeks × minutes", "off at the start", "covered", "width", "off after 100 reviews", "covered",
            "width", "finish off (weeks)", "at worst", "changes of what is left out")  # fmt: skip
    rows = []
    for report in reports:
        if (promises := report.summaries[0].promises) is None:
            continue
        row = [report.comparison.truth, cell(report.comparison.term)]
        for quality in (promises.cold, promises.after_many_reviews):
            row += (
                ["–"] * 3
                if quality is None
                else [f"{quality.error:.3f}", f"{quality.covered:.0%}", f"{quality.width:.2f}"]
            )
        row += [f"{promises.finish_error_weeks:.1f}", f"{promises.worst_finish_error_weeks:.1f}"]
        rows.append([*row, f"{promises.left_out_changes:.1f}"])
    return markdown("What the planner's forecasts were worth", head, rows)


def absence_table(reports: Sequence[Report]) -> str:
    head = ("truth", "weeks × minutes", "policy", "no absence", "announced", "unannounced", "same minutes lost evenly")
    rows = []
    for group in _fours(reports):
        for policy in group[0].comparison.policies:
            figures = [by_policy(report)[policy].recall for report in group]
            losses = [f"{figure:.3f} ({figure / figures[0] - 1:+.1%})" for figure in figures[1:]]
            comparison = group[0].comparison
            rows.append([comparison.truth, cell(comparison.term), policy, f"{figures[0]:.3f}", *losses])
    return markdown("Absence in weeks 10 to 12", head, rows)


def _fours(reports: Sequence[Report]) -> list[Sequence[Report]]:
    return [reports[k : k + 4] for k in range(0, len(reports), 4)]


def oracle_table(near: Sequence[Near]) -> str:
    rows = [
        [truth, cell(term), *(f"{mean:.3f}" for mean in means), str(count)]
        for (truth, term), (means, count) in _means(near).items()
    ]
    head = ("truth", "weeks × minutes", "planner", "greedy", "planner, of a patient oracle's", "learners")
    return markdown("Share of an annealed oracle's tier-weighted recall", head, rows)


def _means(near: Sequence[Near]) -> dict[tuple[str, Term], tuple[tuple[float, float, float], int]]:
    """Return for each cell the mean shares: the planner's, greedy's, and the planner's of the patient oracle."""
    groups: dict[tuple[str, Term], list[Near]] = defaultdict(list)
    for one in near:
        groups[one.truth, one.term].append(one)
    return {
        key: (
            (
                float(np.mean([n.planner for n in group])),
                float(np.mean([n.greedy for n in group])),
                float(np.mean([n.planner_of_patient for n in group])),
            ),
            len(group),
        )
        for key, group in groups.items()
    }


def free_table(reports: Sequence[Report]) -> str:
    names = [summary.policy for summary in reports[0].summaries]
    rows = [
        [name, *(f"{r.summaries[k].recall:.3f} ± {r.summaries[k].recall_error:.3f}" for r in reports)]
        for k, name in enumerate(names)
    ]
    head = ["policy", *(cell(report.comparison.term) for report in reports)]
    return markdown("44 readings of 25 to 40 minutes that build on nothing (actr)", head, rows)


def goal_table(reports: Sequence[Report], near: Sequence[Near], away: Sequence[Report]) -> str:
    rows = [*_value_goals(reports), *_oracle_goals(near), *_forecast_goals(reports), *_other_goals(reports, away)]
    shown = [(what, goal, f"{found:.3f}", "met" if met else "**missed**") for what, goal, found, met in rows]
    return markdown("Goals", ("", "goal", "found", ""), shown)


Goal = tuple[str, str, float, bool]


def at_least(what: str, goal: float, found: Iterable[float]) -> list[Goal]:
    values = list(found)
    return [(what, f"≥ {goal}", min(values), min(values) >= goal)] if values else []


def at_most(what: str, goal: float, found: Iterable[float]) -> list[Goal]:
    values = list(found)
    return [(what, f"≤ {goal}", max(values), max(values) <= goal)] if values else []


def _value_goals(reports: Sequence[Report]) -> list[Goal]:
    def ratios(minutes: int, *, actr: bool) -> list[float]:
        term = Term(weeks=26, minutes=minutes)
        return [
            ratio(r, recall) for r in reports if r.comparison.term == term and (r.comparison.truth == "actr") is actr
        ]

    return [
        *at_least("÷ best rival, 26×120, actr", 1.10, ratios(120, actr=True)),
        *at_least("÷ best rival, 26×60, actr", 1.25, ratios(60, actr=True)),
        *at_least("÷ best rival, 26×120, others", 1.20, ratios(120, actr=False)),
        *at_least("÷ best rival, 26×60, others", 1.40, ratios(60, actr=False)),
        *at_least("÷ best rival, every cell", 1.04, (ratio(r, recall) for r in reports)),
        *at_least("÷ best rival, tier-weighted, every cell", 1.04, (ratio(r, weighted) for r in reports)),
        *at_least("mean over weeks ÷ best rival, every cell", 1.05, (ratio(r, weeks) for r in reports)),
        *at_least(
            "÷ greedy, every cell", 1.00, (r.summaries[0].recall / by_policy(r)["greedy"].recall for r in reports)
        ),
    ]


def _oracle_goals(near: Sequence[Near]) -> list[Goal]:
    goals = {(26, 120): 0.99, (26, 90): 0.98, (26, 60): 0.92, (52, 60): 0.98}
    means = _means(near)
    return [
        goal
        for (of_weeks, minutes), least in goals.items()
        for goal in at_least(
            f"÷ oracle, {of_weeks}×{minutes}, every truth",
            least,
            (mean[0] for (_, term), (mean, _) in means.items() if (term.weeks, term.minutes) == (of_weeks, minutes)),
        )
    ]


def _forecast_goals(reports: Sequence[Report]) -> list[Goal]:
    short = [p for r in reports if r.comparison.term.weeks == 26 and (p := r.summaries[0].promises)]
    later = [p.after_many_reviews for p in short if p.after_many_reviews]
    promises = [p for r in reports if (p := r.summaries[0].promises)]
    bands = [q for p in promises for q in (p.cold, p.after_many_reviews) if q]
    fits = [(r.summaries[0].read > 43.5, p) for r in reports if (p := r.summaries[0].promises)]
    return [
        *at_most("forecast off at the start, 26 weeks", 0.12, (p.cold.error for p in short)),
        *at_most("forecast off after 100 reviews, 26 weeks", 0.07, (q.error for q in later)),
        *at_least("band covers, every cell", 0.70, (q.covered for q in bands)),
        *at_least("band covers, pooled", 0.75, [float(np.mean([q.covered for q in bands]))]),
        *at_most("band covers, pooled", 0.92, [float(np.mean([q.covered for q in bands]))]),
        *at_most("width of the band, pooled", 0.35, [float(np.mean([q.width for q in bands]))]),
        *at_most(
            "finish off where all fits, worst learner (weeks)", 1, (p.worst_finish_error_weeks for f, p in fits if f)
        ),
        *at_most(
            "finish off elsewhere, worst learner (weeks)", 2, (p.worst_finish_error_weeks for f, p in fits if not f)
        ),
        *at_most("changes of what is left out, 26×60", 1, _changes(reports)),
    ]


def _changes(reports: Sequence[Report]) -> list[float]:
    term = Term(weeks=26, minutes=60)
    return [p.left_out_changes for r in reports if r.comparison.term == term and (p := r.summaries[0].promises)]


def _other_goals(reports: Sequence[Report], away: Sequence[Report]) -> list[Goal]:
    term = Term(weeks=26, minutes=120)
    planners = [report.summaries[0] for report in (*reports, *away)]
    simulated = sum(r.comparison.learners * r.comparison.term.weeks for r in (*reports, *away))
    fours = [[report.summaries[0].recall for report in group] for group in _fours(away)]
    rich = [[r.summaries[0].recall for r in g] for g in _fours(away) if g[0].comparison.term == term]
    return [
        *at_most(f"days over budget in {simulated} weeks", 0, (s.days_over_budget for s in planners)),
        *at_most("readings before what they build on", 0, (s.out_of_order for s in planners)),
        *at_least(
            "worst tenth of readings, 26×120, actr",
            0.80,
            (r.summaries[0].worst_tenth for r in reports if (r.comparison.truth, r.comparison.term) == ("actr", term)),
        ),
        *at_least("announced ÷ unannounced absence", 1, (f[1] / f[2] for f in fours)),
        *at_least("announced absence ÷ same minutes lost evenly", 1, (f[1] / f[3] for f in fours)),
        *at_least("unannounced absence ÷ same minutes lost evenly", 1, (f[2] / f[3] for f in fours)),
        *at_most("loss by absence, 26×120", 0.025, (1 - f / four[0] for four in rich for f in four[1:3])),
        *at_most("peak week ÷ mean week, every cell", 1.05, (s.peak_ratio for s in (r.summaries[0] for r in reports))),
    ]
