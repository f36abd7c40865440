"""Matches events with rules."""

import logging
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.model import RuleSpec

from .entries import AcceptedEvent
from .patterns.pattern import Matcher, compile_pattern

_LOGGER = logging.getLogger(__name__)

_MAX_MATCHERS = 10_000


class RuleMatchers:
    """The compiled patterns of rules; a changed pattern is compiled again."""

    def __init__(self) -> None:
        self._matchers: dict[str, tuple[Mapping[str, Any], Matcher]] = {}

    def matches(self, rule: RuleSpec, event: AcceptedEvent) -> bool:
        """Return whether a rule matches an event and the event is not for other rules only."""
        if event.only_rules and rule.arn not in event.only_rules:
            return False
        try:
            return self._matcher(rule).matches_fields(event.fields)
        except ValueError:
            _LOGGER.exception("Rule %s has an invalid pattern; put the rule again", rule.arn)
            return False

    def _matcher(self, rule: RuleSpec) -> Matcher:
        pattern, matcher = self._matchers.get(rule.arn, (None, None))
        if matcher is None or (pattern is not rule.pattern and pattern != rule.pattern):
            if len(self._matchers) >= _MAX_MATCHERS:
                self._matchers.clear()
            matcher = compile_pattern(rule.pattern)
            self._matchers[rule.arn] = (rule.pattern, matcher)
        return matcher
