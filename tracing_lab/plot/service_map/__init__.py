"""The service map: `layout`, `edges` and `routes` place it, `plan` sizes it, `drawing` draws it.

`root_cause` marks a path on it.
"""

from .drawing import plot_service_map
from .root_cause import plot_root_cause

__all__ = ["plot_root_cause", "plot_service_map"]
