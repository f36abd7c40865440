"""Sampling: the reservoir first, then the rate; quotas are split over clients."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.xray.sampling.head import (
    HeadDecision,
    Sampler,
    TargetQuotas,
)
from tracing_lab.embedded.xray.sampling.rules import (
    RuleSet,
    SamplingRequest,
    SamplingRule,
    default_rule,
    matches_pattern,
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def sampler(clock: Clock, *shares: float, rules: tuple[SamplingRule, ...] = ()) -> Sampler:
    chances: Iterator[float] = iter(shares)
    rule_set = RuleSet(default_rule("us-east-1"), *rules)
    return Sampler(rule_set, clock=clock, random_share=lambda: next(chances))


def decide(sampler: Sampler, **request: str) -> HeadDecision:
    known = {"service_name": "api/prod", "service_type": "AWS::ApiGateway::Stage", **request}
    return sampler.decide(**known)  # type: ignore[arg-type]  # all of them are strings here


def test_the_first_request_of_a_second_is_sampled_and_then_five_percent() -> None:
    subject = sampler(Clock(), 0.051, 0.049)
    decisions = [decide(subject).sampled for _ in range(3)]
    assert decisions == [True, False, True]


def test_the_next_second_has_a_reservoir_of_its_own() -> None:
    clock = Clock()
    subject = sampler(clock, 0.9)
    assert [decide(subject).sampled, decide(subject).sampled] == [True, False]
    clock.now_s += 1
    assert decide(subject) == HeadDecision(sampled=True, rule_name="Default")


def test_functions_are_sampled_each_on_its_own_and_without_rules() -> None:
    subject = sampler(Clock(), 0.9)
    for arn in ("arn:one", "arn:two"):
        decision = decide(subject, service_type="AWS::Lambda", resource_arn=arn)
        assert decision == HeadDecision(sampled=True, rule_name=None)
    assert not decide(subject, service_type="AWS::Lambda", resource_arn="arn:one").sampled


def rule(name: str, **members: object) -> SamplingRule:
    known = {"arn": name, "priority": 10, "fixed_rate": 0.0, "reservoir_size": 0, **members}
    return SamplingRule(name=name, **known)  # type: ignore[arg-type]  # named by the caller


def test_the_rule_with_the_lowest_number_decides_ties_by_name() -> None:
    rules = (rule("c", priority=1, path="/other"), rule("b", priority=2), rule("a", priority=2))
    assert decide(sampler(Clock(), 0.5, rules=rules), path="/orders").rule_name == "a"


def test_a_deleted_rule_no_longer_decides() -> None:
    subject = sampler(Clock(), 0.5, rules=(rule("mine"),))
    assert decide(subject).rule_name == "mine"
    subject.rule_set.delete("mine")
    assert decide(subject).rule_name == "Default"
    subject.rule_set.put(rule("new", modified_at_s=7.0))
    assert subject.rule_set.last_modified_s() == 7.0


def test_without_any_rule_nothing_is_sampled() -> None:
    subject = Sampler(RuleSet(), clock=Clock())
    assert decide(subject) == HeadDecision(sampled=False, rule_name=None)


def test_rules_match_on_every_member_and_on_attributes() -> None:
    only = rule("x", method="POST", host="*.test", attributes={"tier": "g*"})
    request = SamplingRequest(method="post", host="a.test", attributes={"tier": "Gold"})
    assert only.matches(request)
    assert only.matches(replace(request, attributes={"Tier": "gold"}))
    assert not only.matches(replace(request, attributes={}))
    assert not only.matches(SamplingRequest(method="GET", attributes={"tier": "gold"}))


def test_counts_tell_how_often_a_rule_was_used() -> None:
    subject = sampler(Clock(), 0.9)
    decide(subject), decide(subject)
    counts = subject.counts("Default")
    assert (counts.requests, counts.sampled) == (2, 1)
    subject.reset()
    assert subject.counts("Default").requests == 0
    assert decide(subject).sampled


@given(st.text("ab*?.[]!", max_size=6), st.text("ab.[]", min_size=1, max_size=6))
def test_patterns_are_stars_and_question_marks_and_nothing_else(pattern: str, value: str) -> None:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert matches_pattern(pattern, value) == bool(re.fullmatch(expression, value))


def test_many_stars_do_not_take_for_ever() -> None:
    assert not matches_pattern("*a" * 60 + "b", "a" * 5000)


def report(client: str) -> dict[str, object]:
    return {"RuleName": "Default", "ClientID": client}


def test_a_reservoir_is_split_over_the_clients_that_reported_lately() -> None:
    clock = Clock()
    target_quotas = TargetQuotas(
        RuleSet(rule("Default", reservoir_size=10, fixed_rate=0.1)), clock=clock
    )
    quotas = [
        target_quotas.targets([report(client)])["SamplingTargetDocuments"][0]["ReservoirQuota"]
        for client in ("a", "b", "c", "a")
    ]
    assert quotas == [10, 5, 3, 3]
    clock.now_s += 31
    (target,) = target_quotas.targets([report("d")])["SamplingTargetDocuments"]
    assert target == {
        "RuleName": "Default",
        "FixedRate": 0.1,
        "ReservoirQuota": 10,
        "ReservoirQuotaTTL": 1331.0,
        "Interval": 10,
    }


def test_statistics_of_an_unknown_rule_are_unprocessed() -> None:
    answer = TargetQuotas(RuleSet()).targets([report("a")])
    assert answer["SamplingTargetDocuments"] == []
    assert answer["UnprocessedStatistics"][0]["RuleName"] == "Default"


def test_boosts_of_an_unknown_rule_are_unprocessed() -> None:
    boosts = [{"RuleName": "a"}, {"RuleName": "gone"}]
    answer = TargetQuotas(RuleSet(rule("a"))).targets([], boosts)
    assert [one["RuleName"] for one in answer["UnprocessedBoostStatistics"]] == ["gone"]


@pytest.mark.parametrize("name", ["a", "Default"])
def test_a_book_gives_rules_by_name(name: str) -> None:
    rule_set = RuleSet(rule("a"), default_rule("eu-west-1"))
    found = rule_set.get(name)
    assert found is not None
    assert found.as_record()["SamplingRule"]["RuleName"] == name
    assert rule_set.get("none") is None
