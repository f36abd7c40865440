"""Finds calls of the journal that can be deleted because they have no lasting effect.

Two kinds, both where a replay without them provably has the same result:

- The whole lifetime of a resource that was deleted since: every call about it from its creation to
  its deletion. Calls about something else that mention its name meanwhile might depend on it; as
  long as one of these stays, so does the lifetime. Each call has a random seed of its own, so that
  those that stay create the same ids as before.
- New code of a function that newer code replaced before anybody published a version of it.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import unquote, unquote_plus

from tracing_lab.arns import as_arn
from tracing_lab.embedded.iam.actions import authorization_requests
from tracing_lab.embedded.moto.adapter import ACCOUNT_ID
from tracing_lab.embedded.protocol.api_call import ApiCall

_LIVES = {
    "cloudwatch:PutMetricAlarm": "cloudwatch:DeleteAlarms",
    "dynamodb:CreateTable": "dynamodb:DeleteTable",
    "events:CreateEventBus": "events:DeleteEventBus",
    "events:PutRule": "events:DeleteRule",
    "iam:CreateRole": "iam:DeleteRole",
    "lambda:CreateFunction": "lambda:DeleteFunction",
    "logs:CreateLogGroup": "logs:DeleteLogGroup",
    "scheduler:CreateSchedule": "scheduler:DeleteSchedule",
    "sns:CreateTopic": "sns:DeleteTopic",
    "sqs:CreateQueue": "sqs:DeleteQueue",
    "apigateway:POST": "apigateway:DELETE",
}
"""The action that creates a resource, and the one that deletes it."""

_UPDATE_CODE = "lambda:UpdateFunctionCode"
_HARMLESS = frozenset({_UPDATE_CODE, "lambda:UpdateFunctionConfiguration", "lambda:AddPermission"})
"""Actions between two updates of code that do not keep the older code."""

_API = re.compile(
    r"(arn:aws:apigateway:[^:]*::/(?:restapis|usageplans|apikeys|v2/apis))(/[^/]+)?(/.*)?"
)
_TAGS = re.compile(r"arn:aws:apigateway:[^:]*::/tags/(arn:[^/]+/restapis/[^/]+).*")
_PART = "part"  # the action of a call about a part of something, which neither begins nor ends it
_ENCODED_FILE = re.compile(r"[A-Za-z0-9+/=]{512,}")


@dataclass(frozen=True)
class PastCall:
    """A call of the journal as its replay saw it.

    Parameters
    ----------
    number
        Its position in the journal.
    call
        The call.
    response
        The body of the response, which names the resource that was created.
    """

    number: int
    call: ApiCall
    response: bytes = b""

    @cached_property
    def text(self) -> str:
        """All parts of the call that may name a resource, without files."""
        request = self.call.request
        body = _ENCODED_FILE.sub("", request.body.decode(errors="replace"))
        return unquote_plus(f"{request.path} {request.query} {body}")

    @cached_property
    def action_and_resource(self) -> tuple[str, str]:
        """The IAM action, and the ARN of its resource; ``*`` when there is not exactly one."""
        found = authorization_requests(self.call, ACCOUNT_ID)
        if len(found) != 1:
            return "", "*"
        return self._normal(found[0].action, unquote(found[0].resource))

    def may_need(self, name: str) -> bool:
        """Return whether the call might not work, or work differently, without a resource."""
        # templates can put names together
        return self.call.service in {"", "cloudformation"} or name in self.text

    def _normal(self, action: str, resource: str) -> tuple[str, str]:
        """Return the owner of a part: a stream's group, an alias's function, a method's API."""
        api, tagged = _API.fullmatch(resource), _TAGS.fullmatch(resource)
        if api:
            made_of = _json_object(self.response)
            made = api[2] or f"/{made_of.get('id', made_of.get('apiId', ''))}"
            return _PART if api[3] else action, f"{api[1]}{made}"
        if tagged:
            return _PART, tagged[1]
        arn = as_arn(resource)
        if arn is not None and arn.service == "logs":
            return action, resource.partition(":log-stream:")[0]
        if arn is not None and arn.service == "lambda":
            kind, name, *_qualifier = (*arn.resource.split(":"), "")
            whole = str(arn._replace(resource=f"{kind}:{name}"))
            qualified = whole != resource or "Qualifier" in self.call.query
            return _PART if qualified else action, whole
        return action, resource


def forgettable(calls: Sequence[PastCall]) -> set[int]:
    """Return the numbers of the calls that a replay does not need.

    Parameters
    ----------
    calls
        All calls, in order.
    """
    by_resource: dict[str, list[PastCall]] = defaultdict(list)
    for call in calls:
        resource = call.action_and_resource[1]
        if resource != "*":
            by_resource[resource].append(call)
    lives = [
        life
        for resource, about in by_resource.items()
        for life in _lives(resource.rpartition("/")[2].rpartition(":")[2], about)
    ]
    dropped = _without_dependants(lives, calls)
    superseded = (number for about in by_resource.values() for number in _superseded(about))
    return dropped.union(superseded)


@dataclass(frozen=True)
class _Life:
    name: str
    numbers: frozenset[int]

    @property
    def span(self) -> range:
        return range(min(self.numbers), max(self.numbers) + 1)


def _lives(name: str, about: Iterable[PastCall]) -> Iterator[_Life]:
    """Yield the completed lifetimes of a resource."""
    numbers: list[int] = []
    end: str | None = None
    for call in about:
        action = call.action_and_resource[0]
        if not numbers and action not in _LIVES:
            continue  # of a life whose beginning is not here: it stays
        end = end or _LIVES[action]
        numbers.append(call.number)
        if action == end:
            yield _Life(name, frozenset(numbers))
            numbers, end = [], None


def _without_dependants(lives: list[_Life], calls: Sequence[PastCall]) -> set[int]:
    """Return the lifetimes on which no remaining call depends, repeated until nothing changes."""
    while True:
        dropped = {number for life in lives for number in life.numbers}
        staying = [call for call in calls if call.number not in dropped]
        independent = [
            life
            for life in lives
            if not any(call.number in life.span and call.may_need(life.name) for call in staying)
        ]
        if len(independent) == len(lives):
            return dropped
        lives = independent


def _superseded(about: Sequence[PastCall]) -> Iterator[int]:
    last: PastCall | None = None
    for call in about:
        action = call.action_and_resource[0]
        if action == _UPDATE_CODE:
            if last is not None and _replaces(call, last):
                yield last.number
            last = call
        elif action not in _HARMLESS:
            last = None


def _replaces(newer: PastCall, older: PastCall) -> bool:
    new, old = _json_object(newer.call.request.body), _json_object(older.call.request.body)
    return old.keys() <= new.keys() and not old.get("Publish") and not new.get("DryRun")


def _json_object(text: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
