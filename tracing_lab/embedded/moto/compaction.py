"""Which calls of the journal can be forgotten because no trace of them is left.

Two kinds, both where a replay without them provably gives the same:

- The whole life of a resource that was deleted since: every call about it from its creation to
  its deletion. Calls about something else that mention its name meanwhile might depend on it; as
  long as one of these stays, so does the life. Each call has a random seed of its own, so that
  those that stay give the ids that they gave.
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

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.iam.actions import Place, questions_of
from tracing_lab.embedded.protocol.signature import signing_scope

from .adapter import ACCOUNT_ID

_LIVES = {
    "cloudwatch:PutMetricAlarm": "cloudwatch:DeleteAlarms",
    "dynamodb:CreateTable": "dynamodb:DeleteTable",
    "events:CreateEventBus": "events:DeleteEventBus",
    "events:PutRule": "events:DeleteRule",
    "iam:CreateRole": "iam:DeleteRole",
    "lambda:CreateFunction": "lambda:DeleteFunction",
    "logs:CreateLogGroup": "logs:DeleteLogGroup",
    "sns:CreateTopic": "sns:DeleteTopic",
    "sqs:CreateQueue": "sqs:DeleteQueue",
    "apigateway:POST": "apigateway:DELETE",
}
"""The action that begins the life of a resource, and the one that ends it."""

_UPDATE_CODE = "lambda:UpdateFunctionCode"
_HARMLESS = frozenset({_UPDATE_CODE, "lambda:UpdateFunctionConfiguration", "lambda:AddPermission"})
"""What may happen between two updates of code without anybody keeping the older code."""

_API = re.compile(r"(arn:aws:apigateway:[^:]*::/(?:restapis|usageplans|apikeys))(/[^/]+)?(/.*)?")
_TAGS = re.compile(r"arn:aws:apigateway:[^:]*::/tags/(arn:[^/]+/restapis/[^/]+).*")
_PART = "part"  # the action of a call about a part of something, which neither begins nor ends it
_FUNCTION_PARTS = 7  # of an ARN without version or alias
_ENCODED_FILE = re.compile(r"[A-Za-z0-9+/=]{512,}")


@dataclass(frozen=True)
class PastCall:
    """A call of the journal as its replay saw it.

    Parameters
    ----------
    number
        Its place in the journal.
    request
        The call.
    answer
        The body that it was answered with, which names what was made.
    """

    number: int
    request: HttpRequest
    answer: bytes = b""

    @cached_property
    def text(self) -> str:
        """Everything that may name a resource, without files."""
        body = _ENCODED_FILE.sub("", self.request.body.decode(errors="replace"))
        return unquote_plus(f"{self.request.path} {self.request.query} {body}")

    @cached_property
    def action_and_resource(self) -> tuple[str, str]:
        """What it does, and the ARN of what it is about; ``*`` when that is not one thing."""
        scope = signing_scope(self.request)
        if scope is None:
            return "", "*"
        found = questions_of(scope.service, self.request, Place(scope.region, ACCOUNT_ID))
        if len(found) != 1:
            return "", "*"
        return self._normal(found[0].action, unquote(found[0].resource))

    def may_need(self, name: str) -> bool:
        """Tell whether the call might not work, or work differently, without a resource."""
        scope = signing_scope(self.request)
        # templates can put names together
        return scope is None or scope.service == "cloudformation" or name in self.text

    def _normal(self, action: str, resource: str) -> tuple[str, str]:
        """Name what a part belongs to: a stream's group, an alias's function, a method's API."""
        api, tagged = _API.fullmatch(resource), _TAGS.fullmatch(resource)
        if api:
            made = api[2] or f"/{_id_in(self.answer)}"
            return _PART if api[3] else action, f"{api[1]}{made}"
        if tagged:
            return _PART, tagged[1]
        if resource.startswith("arn:aws:logs:"):
            return action, resource.partition(":log-stream:")[0]
        if resource.startswith("arn:aws:lambda:"):
            whole = ":".join(resource.split(":")[:_FUNCTION_PARTS])
            qualified = whole != resource or "Qualifier=" in self.request.query
            return _PART if qualified else action, whole
        return action, resource


def forgettable(calls: Sequence[PastCall]) -> set[int]:
    """Give the numbers of the calls that a replay can do without.

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
    """Cut the calls about a resource into lives that have ended."""
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
    """Keep each life that a call which stays might depend on, until nothing changes."""
    while True:
        dropped = {number for life in lives for number in life.numbers}
        staying = [call for call in calls if call.number not in dropped]
        independent = [
            life
            for life in lives
            if not any(one.number in life.span and one.may_need(life.name) for one in staying)
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
    new, old = _json_object(newer.request.body), _json_object(older.request.body)
    return old.keys() <= new.keys() and not old.get("Publish") and not new.get("DryRun")


def _id_in(answer: bytes) -> str:
    return str(_json_object(answer).get("id", ""))


def _json_object(text: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
