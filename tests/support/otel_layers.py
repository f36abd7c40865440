"""The layer with AWS's distribution of OpenTelemetry, for tests that run functions with it."""

import os
from pathlib import Path

VARIABLE = "TRACING_LAB_TEST_ADOT"
"""Names the folder of: pip install --target FOLDER --no-deps -r REQUIREMENTS of the layer."""


def distro_folder() -> Path | None:
    """Return the installed tree; None if there is none."""
    folder = Path(os.environ.get(VARIABLE, ""), "opentelemetry")
    return folder.parent if folder.is_dir() else None
