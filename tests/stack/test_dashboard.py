"""The dashboard."""

import json

from stacks import NAMES, with_options


def test_dashboard_shows_the_stack_and_no_two_graphs_overlap() -> None:
    items = with_options(
        enable_dashboard=True, enable_dead_letter_queues=True, metrics_namespace="Shop"
    )
    widgets = items["dashboard"].properties["DashboardBody"]["widgets"]
    assert len({(one["x"], one["y"]) for one in widgets}) == len(widgets) == 10
    assert {one["x"] + one["width"] for one in widgets} == {8, 16, 24}
    assert {one["properties"]["region"] for one in widgets} == {"us-east-1"}
    text = json.dumps(widgets)
    for name in (NAMES.api, NAMES.function("payment"), NAMES.queue("order"), '"Shop"'):
        assert name in text
