"""GetUsage and UpdateUsage: what API keys have used of their quotas, and more of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-usage-plan-manage-usage.html
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs

from tracing_lab.embedded.http.messages import (
    HttpRequest,
    HttpResponse,
    error_response,
    json_response,
)
from tracing_lab.embedded.model import QuotaSpec, UsagePlanSpec

from .quotas import DAYS_KEPT, QuotaBook, day_of

_USAGE = re.compile(r"/usageplans/(?P<plan>[^/]+)(?:/keys/(?P<key>[^/]+))?/usage")
_REMAINING = "/remaining"
_LAUNCH = date(2015, 7, 9)  # of API Gateway; nobody has older data


def concerns_usage(request: HttpRequest) -> bool:
    """Tell whether a request of API Gateway is GetUsage or UpdateUsage.

    Examples
    --------
    >>> concerns_usage(HttpRequest("GET", "/usageplans/p1/usage"))
    True
    >>> concerns_usage(HttpRequest("GET", "/usageplans/p1"))
    False
    """
    match = _USAGE.fullmatch(request.path)
    return match is not None and request.method == ("PATCH" if match["key"] else "GET")


class _BadRequestError(Exception):
    """The request cannot be answered as it is."""


class UsageApi:
    """Answers GetUsage and UpdateUsage.

    Parameters
    ----------
    plan
        Gives a usage plan by id; KeyError when there is none.
    quotas
        Where the requests are counted.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        plan: Callable[[str], UsagePlanSpec],
        quotas: QuotaBook,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._plan = plan
        self._quotas = quotas
        self._clock = clock

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request that `concerns_usage`."""
        match = _USAGE.fullmatch(request.path)
        plan_id, key_id = match.groups() if match else ("", None)
        query = {name: values[-1] for name, values in parse_qs(request.query).items()}
        try:
            plan = self._plan(plan_id)
        except KeyError:
            return error_response(404, "NotFoundException", "Invalid Usage Plan ID specified")
        key_id = key_id or query.get("keyId")
        if key_id is not None and key_id not in plan.key_ids.values():
            return error_response(404, "NotFoundException", "Invalid API Key identifier specified")
        keys = sorted(plan.key_ids.values()) if key_id is None else [key_id]
        try:
            if request.method == "PATCH":
                self._set_remaining(plan, keys[0], request.body)
                return self._answer(plan, keys, [day_of(self._clock())])
            return self._answer(plan, keys, _days(query))
        except _BadRequestError as error:
            return error_response(400, "BadRequestException", str(error))

    def _set_remaining(self, plan: UsagePlanSpec, key_id: str, body: bytes) -> None:
        if plan.quota is None:
            msg = "The usage plan has no quota"
            raise _BadRequestError(msg)
        for remaining in _wanted(body):
            self._quotas.set_remaining(plan.id, key_id, plan.quota, remaining, now_s=self._clock())

    def _answer(
        self, plan: UsagePlanSpec, key_ids: Iterable[str], days: Sequence[date]
    ) -> HttpResponse:
        """Give the usage; nothing is counted, and so nothing shown, where there is no quota."""
        quota: QuotaSpec | None = plan.quota
        values = (
            {one: self._quotas.usage(plan.id, one, quota, days) for one in key_ids}
            if quota is not None
            else {}
        )
        content = {
            "usagePlanId": plan.id,
            "startDate": str(days[0]),
            "endDate": str(days[-1]),
            "values": values,
        }
        return json_response(200, content)


def _days(query: dict[str, str]) -> list[date]:
    first, last = (_date(query, name) for name in ("startDate", "endDate"))
    count = (last - first).days + 1
    if not 1 <= count <= DAYS_KEPT or first < _LAUNCH:
        msg = f"Usage is given for 1 to {DAYS_KEPT} days, not from {first} to {last}"
        raise _BadRequestError(msg)
    return [first + timedelta(days=number) for number in range(count)]


def _date(query: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError as error:
        msg = f"{name} must be a date like 2026-11-23"
        raise _BadRequestError(msg) from error


def _wanted(body: bytes) -> list[int]:
    """Give the values of the patch operations, which can only replace what remains."""
    try:
        operations: Any = json.loads(body)["patchOperations"]
        wanted = [(one["op"], one["path"], int(one["value"])) for one in operations]
    except (ValueError, KeyError, TypeError) as error:
        msg = "patchOperations must be a list of op, path and value, the value a whole number"
        raise _BadRequestError(msg) from error
    for operation, path, value in wanted:
        if (operation, path) != ("replace", _REMAINING) or value < 0:
            msg = f"Invalid patch: only {_REMAINING} can be replaced, by a number of at least 0"
            raise _BadRequestError(msg)
    return [value for _operation, _path, value in wanted]
