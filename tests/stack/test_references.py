"""Texts that know their parts are strings like any other, and references are filled in."""

import copy
import json
import pickle

from stacks import NAMES

from tracing_lab.stack import Text, output, resolve
from tracing_lab.stack.references import Attribute, references

STAGE = Text("restapis/", output("api"), "/stages/", output("stage"))


def test_a_text_is_compared_and_written_like_any_string() -> None:
    assert STAGE == "restapis/${api.Id}/stages/${stage.Id}"
    assert json.loads(json.dumps({"a": STAGE})) == {"a": str(STAGE)}
    assert NAMES.bus_arn == f"arn:aws:events:us-east-1:123456789012:event-bus/{NAMES.bus}"


def test_a_copy_keeps_the_parts() -> None:
    pickled = pickle.loads(pickle.dumps(STAGE))  # noqa: S301 - its own
    for copied in (copy.copy(STAGE), copy.deepcopy(STAGE), pickled):
        assert copied == STAGE
        assert copied.parts == STAGE.parts


def test_known_outputs_are_filled_in_and_others_wait() -> None:
    half = resolve(STAGE, {"api": {"Id": "a1"}})
    assert half == "restapis/a1/stages/${stage.Id}"
    assert references([half, STAGE]) == {"api", "stage"}
    assert resolve({"x": [half]}, {"stage": {"Id": "prod"}}) == {"x": ["restapis/a1/stages/prod"]}


def test_what_is_known_already_is_waited_for_by_nobody() -> None:
    assert NAMES.bus.parts == (Attribute("bus", "Name", str(NAMES.bus)),)
    assert references({"bus": NAMES.bus}) == set()


def test_text_of_the_user_is_no_reference() -> None:
    assert references(["${api.Id}"]) == set()
    assert resolve("${api.Id}", {"api": {"Id": "a1"}}) == "${api.Id}"
