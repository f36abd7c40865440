"""Put the learners' notebooks and their pages into the wheel, for ``tracing-lab workshop``.

A folder listed under ``force-include`` would bring the sources and solutions along.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class LearnerNotebooks(BuildHookInterface):
    """Add each ``NN_name.ipynb`` as ``tracing_lab/_notebooks/NN_name.ipynb``."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the notebooks; an editable install finds them in the repository."""
        if version == "editable":
            return
        for path in sorted(Path(self.root, "notebooks").glob("[0-9][0-9]_*.ipynb")):
            build_data["force_include"][str(path)] = f"tracing_lab/_notebooks/{path.name}"
        for page in sorted(Path(self.root, "docs").glob("*.md")):
            build_data["force_include"][str(page)] = f"tracing_lab/_notebooks/docs/{page.name}"
