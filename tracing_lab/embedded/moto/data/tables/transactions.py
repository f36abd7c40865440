"""Transactions that are sent again, as SDKs do when they got no response, are made once.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
"""

import time
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.calling import CallNext, succeeded
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

REMEMBERED_S = 600
_MISMATCH = "IdempotentParameterMismatchException"


class Transactions:
    """Remembers transactions by their token. Guarded by the control plane's lock."""

    def __init__(self) -> None:
        self._done: dict[tuple[str, str], tuple[float, Any, HttpResponse]] = {}

    def write(self, call: ApiCall, call_next: CallNext) -> HttpResponse:
        """Make a transaction, or return the response to the one that had its token."""
        token = call.members.get("ClientRequestToken")
        if not token:
            return call_next(call)
        self._forget_old()
        key, items = (call.region, str(token)), call.members.get("TransactItems")
        if key in self._done:
            _, known, response = self._done[key]
            if known != items:
                message = "The token was used with other parameters within ten minutes."
                raise ApiError(_MISMATCH, message)
            return response
        response = call_next(call)
        if succeeded(response):
            self._done[key] = time.monotonic(), items, response
        return response

    def forget(self, call: ApiCall) -> None:
        """Forget a transaction that was undone, because it could not be written."""
        self._done.pop((call.region, str(call.members.get("ClientRequestToken"))), None)

    def clear(self) -> None:
        """Forget everything."""
        self._done.clear()

    def _forget_old(self) -> None:
        oldest_s = time.monotonic() - REMEMBERED_S
        self._done = {key: value for key, value in self._done.items() if value[0] > oldest_s}
