"""The account itself: the caller's identity and permissions, the server's time, and settings."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

from .calling.caller import Json, ServiceFacade

KEPT_UNRESERVED = 100
"""Concurrent executions of Lambda that no function can be reserved."""

_ACTIONS_A_CALL = 50  # keeps each response below a page


def reservable(limits: Mapping[str, int]) -> int:
    """Return how many concurrent executions of Lambda can still be reserved.

    PutFunctionConcurrency keeps 100 unreserved (Lambda guide, "reserved concurrency").

    Parameters
    ----------
    limits
        ``AccountLimit`` of Lambda's GetAccountSettings.

    Examples
    --------
    >>> reservable({"UnreservedConcurrentExecutions": 950, "ConcurrentExecutions": 1000})
    850
    >>> reservable({"ConcurrentExecutions": 10})
    0
    """
    total = limits.get("ConcurrentExecutions", 0)
    return max(0, int(limits.get("UnreservedConcurrentExecutions", total)) - KEPT_UNRESERVED)


class Account(ServiceFacade):
    """Read-only calls about the account and its region."""

    def caller(self) -> tuple[str, datetime | None]:
        """Return the ARN that the credentials belong to, and the server's time."""
        answer = self._call("sts:GetCallerIdentity", "the caller")
        return str(answer["Arn"]), _server_time(answer)

    def role_arn(self, name: str) -> str:
        """Return a role's ARN with its path, which a session's ARN lacks."""
        return str(self._call("iam:GetRole", name, RoleName=name)["Role"]["Arn"])

    def denied(self, principal_arn: str, actions: Iterable[str], resource_arn: str) -> list[str]:
        """Return the actions on a resource that IAM's simulator denies to a user or role."""
        results = [
            result
            for some in _batches(sorted(actions))
            for result in self._pages(
                "iam:SimulatePrincipalPolicy",
                principal_arn,
                "EvaluationResults",
                PolicySourceArn=principal_arn,
                ActionNames=some,
                ResourceArns=[resource_arn],
            )
        ]
        return [
            str(decision["EvalActionName"])
            for decision in results
            if decision["EvalDecision"] != "allowed"
        ]

    def lambda_limits(self) -> Json:
        """Return Lambda's limits in the region."""
        limits: Json = self._call("lambda:GetAccountSettings", "the account")["AccountLimit"]
        return limits

    def trace_destination(self) -> str:
        """Return where X-Ray stores segments: ``XRay``, or ``CloudWatchLogs`` with its search."""
        answer = self._call("xray:GetTraceSegmentDestination", "the account")
        return str(answer.get("Destination", "XRay"))

    def indexed_percent(self) -> float:
        """Return the share of traces that X-Ray indexes where segments go to CloudWatch Logs."""
        answer = self._call("xray:GetIndexingRules", "the account")
        shares = [rule["Rule"]["Probabilistic"] for rule in answer.get("IndexingRules", [])]
        return max((float(share["DesiredSamplingPercentage"]) for share in shares), default=0.0)


def _batches(actions: list[str]) -> list[list[str]]:
    starts = range(0, len(actions), _ACTIONS_A_CALL)
    return [actions[start : start + _ACTIONS_A_CALL] for start in starts]


def _server_time(answer: Json) -> datetime | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return parsedate_to_datetime(headers["date"]) if "date" in headers else None
