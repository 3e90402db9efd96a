"""The tables. Importing this package declares all of them on `Base.metadata`.

Every table that belongs to a learner carries `learner_id` first in its key, so that it can be spread by learner.
"""

from studyplan.store.rows.catalog import BuildsOnRow, CatalogRow, ClusterRow, EntryRow, ReadingRow, TrackRow
from studyplan.store.rows.people import BreakRow, LearnerRow, OneOffDayRow, RoleRow, SessionRow, UserRow, user_roles
from studyplan.store.rows.sending import DeliveryRow, FeedAddressRow, FeedRow, MarkRow, SuppressionRow
from studyplan.store.rows.study import (
    EnrollmentRow,
    LedgerRow,
    MemoryRow,
    OccurrenceRow,
    PlanRow,
    ReviewRow,
    StartedRow,
)

__all__ = [
    "BreakRow",
    "BuildsOnRow",
    "CatalogRow",
    "ClusterRow",
    "DeliveryRow",
    "EnrollmentRow",
    "EntryRow",
    "FeedAddressRow",
    "FeedRow",
    "LearnerRow",
    "LedgerRow",
    "MarkRow",
    "MemoryRow",
    "OccurrenceRow",
    "OneOffDayRow",
    "PlanRow",
    "ReadingRow",
    "ReviewRow",
    "RoleRow",
    "SessionRow",
    "StartedRow",
    "SuppressionRow",
    "TrackRow",
    "UserRow",
    "user_roles",
]
