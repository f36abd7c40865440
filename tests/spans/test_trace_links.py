"""The links of traces as a table."""

from typing import Any

import pandas as pd

from tracing_lab.spans import links_from_traces
from tracing_lab.spans.trace_links import linked_trace_ids

PREFIX = "aws.xray.reserved."
FIRST, SECOND = "1-6b042ac0-5d09aa705e56bbd015254801", "1-6b042ac1-630340be09e985eb352a72e6"


def link(trace_id: str, relation: str, **more: Any) -> dict[str, Any]:
    attributes = {"reference_type": relation, **more}
    named = {f"{PREFIX}{name}": value for name, value in attributes.items()}
    return {"trace_id": trace_id, "id": "2acd99f6ce4d0822", "attributes": named}


def trace(trace_id: str, *links: Any) -> dict[str, Any]:
    """Make a trace with links of a subsegment, as AWS has them."""
    handler = {"id": "7869f11198c79dd1", "name": "Invocation", "links": [*links]}
    document = {"id": "17e84e76450d1777", "name": "fn", "subsegments": [handler]}
    return {"Id": trace_id, "Segments": [{"Document": document}]}


def test_links_say_where_they_lead_and_when_a_message_came() -> None:
    child = {"names": ["consumer"], "type": "AWS::Lambda", "received_event_end_time": 1.25}
    links = links_from_traces(
        [trace(FIRST, link(SECOND, "child", **child)), trace(SECOND, link(FIRST, "parent"))]
    )
    assert links.index.tolist() == [(FIRST, "7869f11198c79dd1"), (SECOND, "7869f11198c79dd1")]
    assert links["relation"].tolist() == ["child", "parent"]
    assert links["linked_trace_id"].tolist() == [SECOND, FIRST]
    assert links["linked_name"].fillna("").tolist() == ["consumer", ""]
    assert links["received"].iloc[0] == pd.Timestamp(1.25, unit="s", tz="UTC")
    assert pd.isna(links["received"].iloc[1])


def test_without_links_the_table_has_the_same_form() -> None:
    some, none = (links_from_traces([trace(FIRST, *links)]) for links in ([link("x", "child")], []))
    assert none.empty
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert none.index.names == some.index.names


def test_what_cannot_be_read_as_a_link_or_time_does_no_harm() -> None:
    odd = [7, {}, link(SECOND, "cousin"), link(SECOND, "child", received_event_end_time="now")]
    (received,) = links_from_traces([trace(FIRST, *odd)])["received"]
    assert pd.isna(received)


def test_linked_ids_are_those_of_other_traces_once_each() -> None:
    links = [link(SECOND, "child"), link(SECOND, "child"), link(FIRST, "parent")]
    assert linked_trace_ids([trace(FIRST, *links)]) == [SECOND]
    assert linked_trace_ids([trace(FIRST, *links), trace(SECOND)]) == []
