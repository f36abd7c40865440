"""What does not conform to the schema of segment documents is left out on reading."""

import json
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.embedded.xray.ingest.conform import conform

DATA = Path(__file__).parents[3] / "data"


def published(note: str) -> dict[str, Any]:
    lines = (DATA / "xray_segment_documents.jsonl").read_text().splitlines()
    samples = {sample["note"]: sample["document"] for sample in map(json.loads, lines)}
    return dict(json.loads(samples[note]))


@pytest.mark.parametrize(
    "member, value",
    [
        ("error", True),
        ("cause", "abcdefghijklmnop"),
        ("cause", {}),
        ("namespace", "local"),
        ("annotations", {"aws:api_id": "x", "n": 1.5, "yes": True}),
        ("metadata", {"default": {"a": [1, None]}}),
        ("http", {"request": {"method": "GET", "traced": True}, "response": {"status": 200}}),
        ("sql", {"url": "pg://h/db"}),
        ("links", [{"trace_id": "x"}]),
        ("precursor_ids", ["53995c3f42cd8ad8"]),
        ("parent_id", "53995c3f42cd8ad8"),
        ("in_progress", True),
    ],
)
def test_conforming_members_stay_as_they_are(member: str, value: object) -> None:
    assert conform({member: value}) == {member: value}


@pytest.mark.parametrize(
    "member, value",
    [
        ("Dummy", False),
        ("inferred", True),
        ("error", "yes"),
        ("cause", 200),
        ("cause", "short"),
        ("namespace", "elsewhere"),
        ("namespace", ["aws"]),
        ("annotations", {"list": [1]}),
        ("annotations", []),
        ("metadata", {}),
        ("metadata", 1),
        ("http", {"request": {"url": 7}}),
        ("http", "GET"),
        ("http", {"request": "GET", "response": 200}),
        ("user", "u" * 251),
        ("sql", {"url": 1}),
        ("sql", 1),
        ("links", {}),
        ("precursor_ids", "53995c3f42cd8ad8"),
        ("parent_id", "root"),
        ("in_progress", False),
        ("end_time", "soon"),
        ("subsegments", {}),
        ("subsegments", [1]),
        ("type", "segment"),
    ],
)
def test_members_that_do_not_conform_are_left_out(member: str, value: object) -> None:
    assert conform({member: value}) == {}


def test_only_the_bad_part_of_a_block_is_left_out() -> None:
    raw = {"annotations": {"ok": 1, "null": None, "long": "x" * 1001, "k" * 501: 1}}
    assert conform(raw) == {"annotations": {"ok": 1}}


@pytest.mark.parametrize("key", ["order_id", "otel.name", "aws:api_id", "k" * 500])
def test_keys_of_annotations_have_the_documented_characters(key: str) -> None:
    assert conform({"annotations": {key: 1}}) == {"annotations": {key: 1}}


@pytest.mark.parametrize("key", ["", "order-id", "order id", "größe", "my:key", "aws:", "k" * 501])
def test_annotations_with_other_keys_are_left_out(key: str) -> None:
    assert conform({"annotations": {key: 1, "ok": 2}}) == {"annotations": {"ok": 2}}


def test_metadata_may_have_values_of_any_type() -> None:
    # the X-Ray Developer Guide: "one or more fields with values of any type"
    metadata = {"list": ["a"], "number": 3, "text": "t", "flag": True, "none": None, "o": {"k": 1}}
    assert conform({"metadata": metadata}) == {"metadata": metadata}


def test_embedded_subsegments_lose_what_the_segment_says() -> None:
    inner = {"id": "53995c3f42cd8ad8", "type": "subsegment", "trace_id": "x", "dummy": 1}
    parent = {"parent_id": "70de5b6f19ff9a0a"}
    assert conform({"subsegments": [{**inner, **parent}]}) == {
        "subsegments": [{"id": "53995c3f42cd8ad8"}]
    }


def test_a_published_bad_cause_is_left_out() -> None:
    clean = conform(published("minCauseIsInvalid"))
    assert "cause" not in clean
    assert clean["fault"] is True


def test_a_published_bad_namespace_is_left_out_below() -> None:
    raw = published("invalidNamespace")
    kept = conform(raw)["subsegments"][0]["subsegments"][0]
    assert raw["subsegments"][0]["subsegments"][0].get("namespace") not in (None, "aws")
    assert "namespace" not in kept
    assert kept["name"] == raw["subsegments"][0]["subsegments"][0]["name"]
