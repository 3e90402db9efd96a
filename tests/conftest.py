"""What holds for all tests."""

from collections.abc import Iterator

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

# A busy machine is no failure. (With CI=true Hypothesis draws the same examples each time by itself.)
settings.register_profile("busy", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Pause coverage where it tells nothing new: on PostgreSQL what runs on SQLite too, and where a test asks for it.

    (Before Python 3.14 it doubles the time that a test takes.)
    """
    paused: list[Coverage] = []
    if "[postgresql" in item.nodeid or item.get_closest_marker("without_coverage"):
        while coverage := Coverage.current():  # pytest-cov nests them
            coverage.stop()
            paused.append(coverage)
    try:
        return (yield)
    finally:
        for coverage in reversed(paused):
            coverage.start()
