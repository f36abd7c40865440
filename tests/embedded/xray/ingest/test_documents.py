"""Documents are accepted or rejected one by one, with X-Ray's error codes."""

import json
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.xray.ingest.documents import (
    DocumentRow,
    Rejection,
    read_documents,
)

DATA = Path(__file__).parents[3] / "data"
TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
GOOD = {
    "id": "70de5b6f19ff9a0a",
    "name": "checkout",
    "trace_id": TRACE_ID,
    "start_time": 1795435200.01,
    "end_time": 1795435200.34,
}


def read_one(document: object) -> DocumentRow | Rejection:
    (result,) = read_documents(json.dumps(document))
    return result


def rejected(document: object) -> Rejection:
    result = read_one(document)
    assert isinstance(result, Rejection)
    return result


def test_a_complete_segment_becomes_a_row_with_the_text_as_sent() -> None:
    text = json.dumps(GOOD)
    assert read_documents(text) == [
        (TRACE_ID, "70de5b6f19ff9a0a", False, 1795435200.01, 1795435200.34, text.encode())
    ]


@pytest.mark.parametrize(
    "change",
    [{"in_progress": True}, {"end_time": None}, {"end_time": "soon"}],
    ids=["says so", "no end", "unreadable end"],
)
def test_a_segment_without_an_end_is_in_progress(change: dict[str, object]) -> None:
    row = read_one({**GOOD, **change})
    assert isinstance(row, DocumentRow)
    assert (row.in_progress, row.end_s) == (True, row.start_s)


def test_the_python_sdks_in_progress_false_is_complete() -> None:
    row = read_one({**GOOD, "in_progress": False})
    assert isinstance(row, DocumentRow)
    assert row.in_progress is False


@pytest.mark.parametrize(
    "member, value, code",
    [
        ("id", None, "MissingId"),
        ("id", "70de5b6f", "InvalidId"),
        ("id", 7, "InvalidId"),
        ("name", None, "MissingName"),
        ("name", "", "MissingName"),
        ("name", "what?", "InvalidName"),
        ("name", "n" * 201, "InvalidName"),
        ("name", 5, "InvalidName"),
        ("name", {"py/newargs": ["ga.html"]}, "MissingName"),
        ("trace_id", None, "MissingTraceId"),
        ("trace_id", "1-xyz-5d09aa705e56bbd015254801", "InvalidTraceId"),
        ("start_time", None, "InvalidSegment"),
        ("start_time", "noon", "InvalidSegment"),
        ("start_time", 1795435200010, "InvalidSegment"),
        ("start_time", True, "InvalidSegment"),
    ],
)
def test_a_bad_member_has_its_error_code(member: str, value: object, code: str) -> None:
    assert rejected({**GOOD, member: value}).code == code


@pytest.mark.parametrize("name", ["## app.handler", "a/b:c&d#e=f+g\\h-i@j%k", "Größe 7", "日本"])
def test_names_may_have_the_documented_characters(name: str) -> None:
    assert isinstance(read_one({**GOOD, "name": name}), DocumentRow)


def test_the_entry_of_a_rejected_document_reads_as_on_aws() -> None:
    assert rejected({**GOOD, "name": "what?"}).as_unprocessed() == {
        "Id": "70de5b6f19ff9a0a",
        "ErrorCode": "InvalidName",
        "Message": "Invalid segment. ErrorCode: InvalidName, Cause: null",
    }


def test_an_empty_array_has_no_id() -> None:
    assert rejected([]).as_unprocessed() == {
        "ErrorCode": "MissingId",
        "Message": "Invalid segment. ErrorCode: MissingId",
    }


@pytest.mark.parametrize(
    "text", ["", "{", "nonsense", '"text"', "7", "null", '{"id": NaN}', "\ud800"]
)
def test_what_is_no_json_object_is_rejected_without_id(text: str) -> None:
    (result,) = read_documents(text)
    assert isinstance(result, Rejection)
    assert "Id" not in result.as_unprocessed()


def test_an_array_holds_several_documents() -> None:
    results = read_documents(json.dumps([GOOD, {**GOOD, "id": None}]))
    assert [type(result) for result in results] == [DocumentRow, Rejection]


def test_an_independent_subsegment_needs_its_owner() -> None:
    assert rejected({**GOOD, "type": "subsegment"}).as_unprocessed() == {
        "Id": GOOD["id"],
        "ErrorCode": "MissingParentId",
        "Message": "Invalid subsegment. ErrorCode: MissingParentId, Cause: null",
    }


def test_a_subsegment_has_an_end_or_says_that_it_is_in_progress() -> None:
    # as X-Ray answered to others, for subsegments sent alone and for embedded ones
    alone = {**GOOD, "type": "subsegment", "parent_id": "53995c3f42cd8ad8"}
    embedded = {"id": "53995c3f42cd8ad8", "name": "db", "start_time": 1795435200.1}
    missing = {
        "Id": GOOD["id"],
        "ErrorCode": "MissingEndTime",
        "Message": "Invalid subsegment. ErrorCode: MissingEndTime, Cause: null",
    }
    del alone["end_time"]
    for still_open in ({}, {"in_progress": False}):
        nested = {**GOOD, "subsegments": [{**embedded, **still_open}]}
        for document in ({**alone, **still_open}, nested):
            assert rejected(document).as_unprocessed() == missing
    for change in ({"in_progress": True}, {"end_time": 1795435200.2}):
        assert isinstance(read_one({**alone, **change}), DocumentRow)
        nested = {**GOOD, "subsegments": [{**embedded, **change}]}
        assert isinstance(read_one(nested), DocumentRow)


def test_a_bad_embedded_subsegment_rejects_the_document() -> None:
    times = {"start_time": 1795435200.1, "end_time": 1795435200.2}
    inner = {"id": "53995c3f42cd8ad8", "name": "no?", **times}
    outer = {"id": "53995c3f42cd8ad9", "name": "yes", **times, "subsegments": [inner]}
    assert rejected({**GOOD, "subsegments": [outer]}).as_unprocessed() == {
        "Id": GOOD["id"],  # the document that was sent, not the subsegment
        "ErrorCode": "InvalidName",
        "Message": "Invalid subsegment. ErrorCode: InvalidName, Cause: null",
    }


def test_64_kilobytes_are_the_limit() -> None:
    room = 64 * 1024 - len(json.dumps({**GOOD, "pad": ""}))
    assert isinstance(read_one({**GOOD, "pad": "x" * room}), DocumentRow)
    assert "65537 bytes" in rejected({**GOOD, "pad": "x" * (room + 1)}).cause


def test_a_document_nested_too_deeply_is_rejected() -> None:
    deep = '{"a":' * 300 + "1" + "}" * 300
    text = json.dumps(GOOD)[:-1] + f', "metadata": {{"default": {deep}}}}}'
    (result,) = read_documents(text)
    assert isinstance(result, Rejection)
    assert result.cause == "nested too deeply"
    (in_array,) = read_documents(f"[{text}]")
    assert isinstance(in_array, Rejection)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_any_value_of_any_member_gives_a_row_or_a_rejection(value: object) -> None:
    for member in GOOD:
        (result,) = read_documents(json.dumps({**GOOD, member: value, "subsegments": value}))
        assert isinstance(result, DocumentRow | Rejection)


def test_published_documents_are_accepted_but_for_the_one_without_a_start() -> None:
    lines = (DATA / "xray_segment_documents.jsonl").read_text().splitlines()
    samples = [json.loads(line) for line in lines]
    raw = [sample for sample in samples if "as returned" not in sample["note"]]
    refused = {
        sample["note"]
        for sample in raw
        if any(isinstance(result, Rejection) for result in read_documents(sample["document"]))
    }
    assert len(raw) == 13
    assert refused == {"segmentValidationFailed"}
