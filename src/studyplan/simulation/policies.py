"""All policies by name: the planner, the rivals that exist, and baselines of our own."""

from collections.abc import Mapping

from studyplan.domain.errors import Invalid
from studyplan.simulation.greedy import Greedy
from studyplan.simulation.planned import Planned
from studyplan.simulation.policy import MakePolicy
from studyplan.simulation.queues import QUEUES

RIVALS = ("ladder", "leitner", "sm2", "anki", "fsrs70", "fsrs80", "fsrs90")
BASELINES = ("read-only", "quota", "greedy")
POLICIES: Mapping[str, MakePolicy] = {"planner": Planned, "greedy": Greedy, **QUEUES}


def get_policy(name: str) -> MakePolicy:
    """Return the policy of that name; Invalid with all names otherwise."""
    if name not in POLICIES:
        raise Invalid(f"No policy is called {name!r}. Choose from {', '.join(POLICIES)}.", field="policy")
    return POLICIES[name]
