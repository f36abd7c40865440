"""A control plane that is killed and started again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracing_lab.embedded.moto.plane import ControlPlane

Restart = Callable[[], ControlPlane]


@pytest.fixture
def restart(tmp_path: Path) -> Iterator[Restart]:
    """Return a factory of control planes, each on what the one before left when it was killed."""
    planes: list[ControlPlane] = []

    def start() -> ControlPlane:
        for plane in planes[-1:]:
            plane._app.reset()  # what a killed process forgets
            plane.close()
        planes.append(ControlPlane(tmp_path))
        planes[-1].replay()
        return planes[-1]

    yield start
    planes[-1].reset()
    planes[-1].close()
