"""What holds for all tests."""

import gc
from collections.abc import Iterator

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

# A busy machine is no failure. (With CI=true Hypothesis draws the same examples each time by itself.)
settings.register_profile("busy", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# Applications leave many cycles behind: the collector's usual pace takes a tenth of the time.
gc.set_threshold(20_000, 20, 50)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure coverage where it tells something: in all unit tests, but elsewhere once for each function, on SQLite.

    (Before Python 3.14 measuring takes half as long again.)
    """
    met: set[str] = set()
    for item in items:
        name = item.nodeid.partition("[")[0]
        if "[postgresql" in item.nodeid or (name in met and not name.startswith("tests/unit/")):
            item.add_marker("without_coverage")
        met.add(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[object]:
    """Pause coverage while a test runs that is marked so."""
    paused: list[Coverage] = []
    if item.get_closest_marker("without_coverage"):
        while coverage := Coverage.current():  # pytest-cov nests them
            coverage.stop()
            paused.append(coverage)
    try:
        return (yield)
    finally:
        for coverage in reversed(paused):
            coverage.start()
