"""Which rules match an event."""

from typing import Any

import pytest

from tracing_lab.embedded.eventbridge.entries import AcceptedEvent, replayed_event
from tracing_lab.embedded.eventbridge.matching import RuleMatchers
from tracing_lab.embedded.model import RuleSpec


def rule(name: str, source: Any) -> RuleSpec:
    return RuleSpec(name, f"arn:{name}", {"source": source}, ())


def event(*only_rules: str) -> AcceptedEvent:
    content = {"id": "e", "source": "shop"}
    return replayed_event(content, bus="b", replay="r", only_rules=frozenset(only_rules), now_s=0.0)


def test_a_changed_pattern_takes_effect() -> None:
    matchers = RuleMatchers()
    matched = [matchers.matches(rule("a", [source]), event()) for source in ("other", "shop")]
    assert matched == [False, True]


def test_an_event_may_be_for_some_rules_only() -> None:
    matchers = RuleMatchers()
    chosen = event("arn:b")
    matched = [name for name in ("a", "b") if matchers.matches(rule(name, ["shop"]), chosen)]
    assert matched == ["b"]


def test_a_pattern_that_cannot_be_used_matches_nothing_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert not RuleMatchers().matches(rule("broken", "text"), event())
    assert "arn:broken has an invalid pattern" in caplog.text
