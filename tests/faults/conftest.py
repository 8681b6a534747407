"""The ground that the fault tests of one run share."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.conftest import had
from tests.faults import scenarios
from tests.faults.yard import MissingToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.scenarios import Ground


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    with ExitStack() as stack:
        yield had(stack, scenarios.ground(), MissingToolError)
