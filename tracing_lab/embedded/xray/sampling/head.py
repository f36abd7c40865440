"""Head sampling at entry points, and quotas for clients that sample themselves.

AWS X-Ray Developer Guide, "Using sampling rules with the X-Ray API", and the AWS Lambda Developer
Guide on Active tracing.
"""

import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracing_lab.embedded.xray import undocumented
from tracing_lab.xray_model import lambda_segments

from .rules import RuleSet, SamplingRequest, SamplingRule
from .statistics import SamplingStatistics

_LAMBDA_RESERVOIR = 1
_LAMBDA_RATE = 0.05
_TARGET_INTERVAL_S = 10


@dataclass(frozen=True)
class HeadDecision:
    """Whether a trace is recorded.

    Parameters
    ----------
    sampled
        The decision.
    rule_name
        The rule of the decision; None for Lambda's own sampling, which has no rules.
    """

    sampled: bool
    rule_name: str | None


@dataclass
class RuleCounts:
    """Counts of a rule's use by this service itself."""

    requests: int = 0
    sampled: int = 0


class Sampler:
    """Makes the sampling decision of a trace at its entry point.

    Parameters
    ----------
    rule_set
        The sampling rules.
    clock
        Returns the time in epoch seconds.
    random_share
        Returns a number from 0 to 1.
    statistics
        Counts the decisions by rules, if given.
    """

    def __init__(
        self,
        rule_set: RuleSet,
        *,
        clock: Callable[[], float] = time.time,
        random_share: Callable[[], float] = random.random,
        statistics: SamplingStatistics | None = None,
    ) -> None:
        self.rule_set = rule_set
        self._statistics = statistics
        self._clock = clock
        self._random_share = random_share
        self._lock = threading.Lock()
        self._taken: dict[str, tuple[int, int]] = {}
        self._counts: defaultdict[str, RuleCounts] = defaultdict(RuleCounts)

    def decide(
        self,
        *,
        service_name: str,
        service_type: str,
        host: str = "",
        method: str = "",
        path: str = "",
        resource_arn: str = "",
        attributes: Mapping[str, str] | None = None,
    ) -> HeadDecision:
        """Return the decision for a request that has none.

        A directly invoked function (`service_type` ``AWS::Lambda``) is sampled once per second
        and then with 5 %, whatever the rules say: Lambda's sampling cannot be configured.

        Parameters
        ----------
        service_name
            Name of the segment, for example ``api/stage``.
        service_type
            Its origin, for example ``AWS::ApiGateway::Stage``.
        host, method, path
            Those of the request.
        resource_arn
            The stage or function.
        attributes
            For API Gateway the headers of the request.
        """
        if service_type == lambda_segments.SERVICE:
            key = f"{lambda_segments.SERVICE}/{resource_arn or service_name}"
            return HeadDecision(self._sample(key, _LAMBDA_RESERVOIR, _LAMBDA_RATE), None)
        request = SamplingRequest(
            service_name=service_name,
            service_type=service_type,
            host=host,
            method=method,
            path=path,
            resource_arn=resource_arn,
            attributes=attributes or {},
        )
        rule = next(
            (candidate for candidate in self.rule_set.rules() if candidate.matches(request)), None
        )
        if rule is None:
            return HeadDecision(sampled=False, rule_name=None)
        sampled = self._sample(rule.name, rule.reservoir_size, rule.fixed_rate)
        if self._statistics is not None:
            self._statistics.add(rule.name, requests=1, sampled=int(sampled))
        return HeadDecision(sampled, rule.name)

    def counts(self, rule_name: str) -> RuleCounts:
        """Return the counts of a rule since the start or the last `reset`."""
        with self._lock:
            found = self._counts[rule_name]
            return RuleCounts(found.requests, found.sampled)

    def reset(self) -> None:
        """Clear counts and reservoirs."""
        with self._lock:
            self._taken.clear()
            self._counts.clear()

    def _sample(self, key: str, reservoir: int, rate: float) -> bool:
        with self._lock:
            counts = self._counts[key]
            counts.requests += 1
            sampled = self._take(key, reservoir) or self._random_share() < rate
            counts.sampled += sampled
            return sampled

    def _take(self, key: str, reservoir: int) -> bool:
        second = int(self._clock())
        last_second, taken = self._taken.get(key, (second, 0))
        if last_second != second:
            taken = 0
        if taken >= reservoir:
            return False
        self._taken[key] = (second, taken + 1)
        return True


class TargetQuotas:
    """Divides reservoirs among the reporting clients: GetSamplingTargets.

    Parameters
    ----------
    rule_set
        The sampling rules.
    clock
        Returns the time in epoch seconds.
    statistics
        Counts what clients report, if given.
    """

    def __init__(
        self,
        rule_set: RuleSet,
        *,
        clock: Callable[[], float] = time.time,
        statistics: SamplingStatistics | None = None,
    ) -> None:
        self._rule_set = rule_set
        self._statistics = statistics
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: defaultdict[str, dict[str, float]] = defaultdict(dict)

    def targets(
        self, statistics: list[dict[str, Any]], boosts: Sequence[dict[str, Any]] = ()
    ) -> dict[str, Any]:
        """Return the result of GetSamplingTargets.

        Parameters
        ----------
        statistics
            Valid ``SamplingStatisticsDocuments``.
        boosts
            Valid ``SamplingBoostStatisticsDocuments``. The embedded AWS boosts no rate.
        """
        targets, unprocessed = [], []
        for document in statistics:
            rule = self._rule_set.get(document["RuleName"])
            if rule is None:
                unprocessed.append(_unknown_rule(document["RuleName"]))
            else:
                targets.append(self._target(rule, document["ClientID"]))
                self._count(document)
        return {
            "SamplingTargetDocuments": targets,
            "LastRuleModification": self._rule_set.last_modified_s(),
            "UnprocessedStatistics": unprocessed,
            "UnprocessedBoostStatistics": [
                _unknown_rule(boost["RuleName"])
                for boost in boosts
                if self._rule_set.get(boost["RuleName"]) is None
            ],
        }

    def reset(self) -> None:
        """Remove all clients."""
        with self._lock:
            self._seen.clear()

    def _count(self, document: Mapping[str, Any]) -> None:
        if self._statistics is not None:
            self._statistics.add(
                document["RuleName"],
                requests=document["RequestCount"],
                sampled=document["SampledCount"],
                borrowed=document.get("BorrowCount") or 0,
            )

    def _target(self, rule: SamplingRule, client_id: str) -> dict[str, Any]:
        now_s = self._clock()
        with self._lock:
            clients = self._seen[rule.name]
            clients[client_id] = now_s
            oldest_s = now_s - undocumented.SAMPLING_CLIENT_ACTIVE_S
            for gone in [client for client, seen_s in clients.items() if seen_s < oldest_s]:
                del clients[gone]
            share = quota(rule.reservoir_size, len(clients))
        return {
            "RuleName": rule.name,
            "FixedRate": rule.fixed_rate,
            "ReservoirQuota": share,
            "ReservoirQuotaTTL": now_s + undocumented.SAMPLING_QUOTA_TTL_S,
            "Interval": _TARGET_INTERVAL_S,
        }


def quota(reservoir: int, clients: int) -> int:
    """Return a client's part of a reservoir: at least one, if the reservoir is not empty.

    Examples
    --------
    >>> quota(10, 3), quota(1, 5), quota(0, 2)
    (3, 1, 0)
    """
    return max(min(1, reservoir), reservoir // max(1, clients))


def _unknown_rule(name: str) -> dict[str, str]:
    """Return the entry about an unknown rule.

    Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sampling.html
    """
    return {"RuleName": name, "ErrorCode": "400", "Message": "Unknown rule"}
