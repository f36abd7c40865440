"""The layer with AWS's distribution of OpenTelemetry, for tests that run functions with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracing_lab.package.distro import layer_path

VARIABLE = "TRACING_LAB_TEST_ADOT"
"""Names the folder of: pip install --target FOLDER --no-deps -r REQUIREMENTS of the layer."""


def distro_folder() -> Path | None:
    """Return the installed tree; None if there is none."""
    folder = Path(os.environ.get(VARIABLE, ""), "opentelemetry")
    return folder.parent if folder.is_dir() else None


@contextmanager
def built_layer(folder: Path, data: bytes) -> Iterator[None]:
    """Put a layer into the user's cache folder, as if it had been built before.

    Parameters
    ----------
    folder
        An empty folder, which the cache folder is in meanwhile.
    data
        The layer's zip.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        path = layer_path()
        if folder not in path.parents:
            pytest.skip("this platform's cache folder cannot be another")
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
        yield
