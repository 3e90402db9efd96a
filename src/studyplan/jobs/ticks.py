"""What the clock does at each tick: find whose turn it is, queue the work, go. Right with several clocks too."""

from studyplan.jobs.context import Context
from studyplan.jobs.handlers import PLAN, ROLL_OVER, SEND
from studyplan.jobs.runner import Runner
from studyplan.services import clockwork, deliveries

AT_ONCE = 1_000


def queue_digests(context: Context, runner: Runner) -> int:
    """Queue the digests that are due and time the next ones; return how many."""
    queued, more = 0, True
    while more:
        with context.writing() as session:
            found, more = clockwork.queue_digests(session, AT_ONCE, now=context.now())
            if found:
                runner.submit(SEND, None, session)
            clockwork.note_tick(session, clockwork.TICK_DIGESTS, now=context.now())
        queued += found
    return queued


def roll_over(context: Context, runner: Runner) -> int:
    """Let everybody whose study day has ended be planned anew; return how many."""
    taken, found = 0, AT_ONCE
    while found == AT_ONCE:
        with context.writing() as session:
            learners = clockwork.take_new_days(session, AT_ONCE, now=context.now())
            for learner_id in learners:
                runner.submit(ROLL_OVER, learner_id, session)
            clockwork.note_tick(session, clockwork.TICK_ROLL_OVER, now=context.now())
        found = len(learners)
        taken += found
    return taken


def sweep(context: Context, runner: Runner) -> None:
    """Put back what a dead sender holds, and wake a sender for what waits."""
    with context.writing() as session:
        if deliveries.sweep(session, now=context.now()):
            runner.submit(SEND, None, session)
        clockwork.note_tick(session, clockwork.TICK_SWEEP, now=context.now())


def purge(context: Context, _runner: Runner) -> None:
    """Forget what is over."""
    with context.writing() as session:
        clockwork.purge(session, now=context.now())
        clockwork.note_tick(session, clockwork.TICK_PURGE, now=context.now())


def begin(context: Context, runner: Runner, *, alone: bool) -> None:
    """Take up what an earlier clock left: `alone` when nobody else can be sending just now."""
    with context.writing() as session:
        clockwork.follow_zone_data(session, now=context.now())
        if alone:
            deliveries.release_all(session, now=context.now())
        for learner_id in clockwork.list_outdated_plans(session):
            runner.submit(PLAN, learner_id, session)
        runner.submit(SEND, None, session)
