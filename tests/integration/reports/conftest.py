"""The reports service on a real database, taking in what the other services would publish."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from chassis.service import Service
from chassis.testing import ServiceUnderTest
from integration.reports.office import Office
from reports.service import SERVICE

NOW = datetime(2025, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def office(service_under_test: Callable[[Service], ServiceUnderTest]) -> Office:
    """The service in the morning of 22 November 2025, knowing nothing yet."""
    svc = service_under_test(SERVICE)
    svc.at(NOW)
    return Office(svc)
