"""Without plotly, its figures say how to get it."""

import sys
from typing import Any

import pandas as pd
import pytest

from tracing_lab import plot
from tracing_lab.errors import MissingExtraError
from tracing_lab.graph import service_graph_from_spans


@pytest.mark.parametrize("name", plot.plotly.__all__)
def test_the_message_names_the_extra(
    name: str, worked_spans: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    monkeypatch.setitem(sys.modules, "plotly.graph_objects", None)
    figure: Any = getattr(plot.plotly, name)
    data = service_graph_from_spans(worked_spans) if name == "plot_service_map" else worked_spans
    more = [worked_spans.index[0][0]] if name == "plot_waterfall" else []
    with pytest.raises(MissingExtraError, match=r"pip install 'tracing-lab\[plotly\]'"):
        figure(data, *more)
