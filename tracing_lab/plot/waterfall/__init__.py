"""The waterfall of a trace: `rows` chooses its rows, `drawing` draws them."""

from .drawing import plot_waterfall

__all__ = ["plot_waterfall"]
