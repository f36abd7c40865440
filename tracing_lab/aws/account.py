"""The account itself: who asks, what they may do, what time it is there, and its settings."""

from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

from .caller import Caller, Json

_ACTIONS_A_CALL = 50  # keeps the answers below a page


class Account:
    """The calls about the account and its region; none of them changes anything."""

    def __init__(self, caller: Caller) -> None:
        self._call, self._pages = caller.call, caller.pages

    def caller(self) -> tuple[str, datetime | None]:
        """Say whose credentials these are, as an ARN, and what time it is at AWS."""
        answer = self._call("sts:GetCallerIdentity", "the caller")
        return str(answer["Arn"]), _server_time(answer)

    def role_arn(self, name: str) -> str:
        """Read a role's ARN with its path, which a session's ARN does not tell."""
        return str(self._call("iam:GetRole", name, RoleName=name)["Role"]["Arn"])

    def denied(self, principal_arn: str, actions: Iterable[str], resource_arn: str) -> list[str]:
        """Ask IAM's simulator which actions a user or role may not do with a resource."""
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
        return [str(one["EvalActionName"]) for one in results if one["EvalDecision"] != "allowed"]

    def lambda_limits(self) -> Json:
        """Read Lambda's limits of the region."""
        limits: Json = self._call("lambda:GetAccountSettings", "the account")["AccountLimit"]
        return limits

    def trace_destination(self) -> str:
        """Say where X-Ray keeps segments: ``XRay``, or ``CloudWatchLogs`` with its new search."""
        answer = self._call("xray:GetTraceSegmentDestination", "the account")
        return str(answer.get("Destination", "XRay"))


def _batches(actions: list[str]) -> list[list[str]]:
    starts = range(0, len(actions), _ACTIONS_A_CALL)
    return [actions[start : start + _ACTIONS_A_CALL] for start in starts]


def _server_time(answer: Json) -> datetime | None:
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return parsedate_to_datetime(headers["date"]) if "date" in headers else None
