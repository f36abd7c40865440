"""GetUsage and UpdateUsage: read and change the quota usage of API keys.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-usage-plan-manage-usage.html
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tracing_lab.embedded.http.messages import (
    HttpResponse,
    error_response,
    json_response,
)
from tracing_lab.embedded.model import QuotaSpec, UsagePlanSpec
from tracing_lab.embedded.protocol.api_call import ApiCall

from .admission.quotas import DAYS_KEPT, QuotaCounts, day_of

_REMAINING = "/remaining"
_LAUNCH = date(2015, 7, 9)  # of API Gateway; there is no older data


class _BadRequestError(Exception):
    """The request is invalid."""


class UsageApi:
    """Responds to GetUsage and UpdateUsage.

    Parameters
    ----------
    plan
        Returns a usage plan by id; KeyError if there is none.
    quotas
        Counts the requests.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        plan: Callable[[str], UsagePlanSpec],
        quotas: QuotaCounts,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._plan = plan
        self._quotas = quotas
        self._clock = clock

    def handle(self, call: ApiCall) -> HttpResponse:
        """Respond to a call of GetUsage or UpdateUsage."""
        try:
            plan = self._plan(call.path_members["usagePlanId"])
        except KeyError:
            return error_response(404, "NotFoundException", "Invalid Usage Plan ID specified")
        key_id = call.path_members.get("keyId") or call.query.get("keyId")
        if key_id is not None and key_id not in plan.key_ids.values():
            return error_response(404, "NotFoundException", "Invalid API Key identifier specified")
        keys = sorted(plan.key_ids.values()) if key_id is None else [key_id]
        try:
            if call.operation == "UpdateUsage":
                self._set_remaining(plan, keys[0], call.request.body)
                return self._answer(plan, keys, [day_of(self._clock())])
            return self._answer(plan, keys, _days(call.query))
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
        """Return the usage; empty for plans without a quota, which are not counted."""
        quota: QuotaSpec | None = plan.quota
        values = (
            {key_id: self._quotas.usage(plan.id, key_id, quota, days) for key_id in key_ids}
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


def _days(query: Mapping[str, str]) -> list[date]:
    first, last = (_date(query, name) for name in ("startDate", "endDate"))
    count = (last - first).days + 1
    if not 1 <= count <= DAYS_KEPT or first < _LAUNCH:
        msg = f"Usage is given for 1 to {DAYS_KEPT} days, not from {first} to {last}"
        raise _BadRequestError(msg)
    return [first + timedelta(days=number) for number in range(count)]


def _date(query: Mapping[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError as error:
        msg = f"{name} must be a date like 2026-11-23"
        raise _BadRequestError(msg) from error


def _wanted(body: bytes) -> list[int]:
    """Return the values of the patch operations, which can only replace the remaining requests."""
    try:
        operations: Any = json.loads(body)["patchOperations"]
        wanted = [(patch["op"], patch["path"], int(patch["value"])) for patch in operations]
    except (ValueError, KeyError, TypeError) as error:
        msg = "patchOperations must be a list of op, path and value, the value a whole number"
        raise _BadRequestError(msg) from error
    for operation, path, value in wanted:
        if (operation, path) != ("replace", _REMAINING) or value < 0:
            msg = f"Invalid patch: only {_REMAINING} can be replaced, by a number of at least 0"
            raise _BadRequestError(msg)
    return [value for _operation, _path, value in wanted]
