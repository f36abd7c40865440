"""PutEvents requests: what is refused, entry by entry or as a whole, and with which words."""

import json
from typing import Any

import pytest

from tracing_lab.embedded.eventbridge.entries import (
    AcceptedEvent,
    BusError,
    EntryError,
    accept_entry,
    entries_of,
)


def entry(**members: Any) -> dict[str, Any]:
    standard = {
        "EventBusName": "shop",
        "Source": "order.service",
        "DetailType": "Order Created",
        "Detail": '{"orderId": 7, "total": 1.50}',
    }
    return {key: value for key, value in {**standard, **members}.items() if value is not None}


def accepted(**members: Any) -> AcceptedEvent:
    return accept_entry(
        entry(**members), account_id="1", region="r", http_header=None, now_s=1_795_435_200.7
    )


@pytest.mark.parametrize("time", [1_700_000_000, 1_700_000_000.9, "2023-11-14T22:13:20Z"])
def test_the_sender_may_set_the_time(time: Any) -> None:
    event = accepted(Time=time).event
    assert json.loads(event.raw)["time"] == event.content["time"] == "2023-11-14T22:13:20Z"
    assert event.ingestion_time == "2026-11-23T12:00:00Z"


@pytest.mark.parametrize(
    "members, code, message",
    [
        (
            {"Source": None},
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ),
        (
            {"DetailType": ""},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.",
        ),
        (
            {"Detail": None},
            "InvalidArgument",
            "Parameter Detail is not valid. Reason: Detail is a required argument.",
        ),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[]"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '"text"'}, "MalformedDetail", "Detail is malformed."),
        (
            {"Source": "aws.ec2"},
            "NotAuthorizedForSourceException",
            "Not authorized for the source.",
        ),
    ],
)
def test_a_bad_entry_is_refused(members: Any, code: str, message: str) -> None:
    with pytest.raises(EntryError) as caught:
        accepted(**members)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_bottomless_detail_is_malformed() -> None:
    deep = '{"a":' * 500 + "1" + "}" * 500
    with pytest.raises(EntryError, match=r"malformed.*nested deeper"):
        accepted(Detail=deep)


@pytest.mark.parametrize(
    "body, code, words",
    [
        ({}, "ValidationException", "Member must not be null"),
        ({"Entries": []}, "ValidationException", "greater than or equal to 1"),
        ({"Entries": [entry()] * 11}, "ValidationException", "less than or equal to 10"),
        (
            {"Entries": [entry(Detail=json.dumps({"x": "y" * 530_000}))] * 2},
            "ValidationException",
            "Total size of the entries in the request is over the limit.",
        ),
        (
            {"Entries": [entry(TraceHeader="x" * 501)]},
            "ValidationException",
            "entries.1.member.traceHeader",
        ),
        ({"Entries": "x"}, "SerializationException", "list of structures"),
        ({"Entries": [5]}, "SerializationException", "list of structures"),
        ([], "ValidationException", "greater than or equal to 1"),
        ({"Entries": [entry(Source=5)]}, "SerializationException", "Entries[0].Source"),
        ({"Entries": [entry(Source="\ud800")]}, "SerializationException", "Unicode"),
        ({"Entries": [entry(Resources="a")]}, "SerializationException", "Resources"),
        ({"Entries": [entry(Time=1e300)]}, "SerializationException", "not a timestamp"),
        ({"Entries": [entry(Time="soon")]}, "SerializationException", "not a timestamp"),
    ],
)
def test_a_bad_request_is_refused_as_a_whole(body: Any, code: str, words: str) -> None:
    with pytest.raises(BusError) as caught:
        entries_of(body)
    assert (caught.value.code, caught.value.status) == (code, 400)
    assert words in str(caught.value)
