"""Remembers what was accepted without being simulated, for log, status and doctor."""

import logging

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import rejection

from .gaps import GapTreatment, code_of, gaps_in
from .table import gaps_by_operation

_LOGGER = logging.getLogger(__name__)


class AcceptedGaps:
    """What calls wanted and did not get, each once. Thread-safe."""

    def __init__(self) -> None:
        self._messages: dict[str, None] = {}

    @property
    def messages(self) -> list[str]:
        """A sentence about each, in the order in which they were first wanted."""
        return list(self._messages)

    def refusal(self, call: ApiCall) -> HttpResponse | None:
        """Return the error for a call that wants what is not simulated at all, or None."""
        for gap in gaps_in(call, gaps_by_operation()):
            if gap.answer is GapTreatment.REFUSED:
                return rejection(
                    call, 400, code_of(call.service), gap.message(call.operation or "")
                )
        return None

    def note(self, call: ApiCall) -> None:
        """Remember what a successful call will not get, and log it the first time."""
        for gap in gaps_in(call, gaps_by_operation()):
            if gap.answer is GapTreatment.WARNED:
                self.remember(gap.message(call.operation or ""))

    def remember(self, message: str) -> None:
        """Remember a sentence about something that is not as on AWS, and log it the first time."""
        if message not in self._messages:
            self._messages[message] = None
            _LOGGER.warning("%s", message)

    def clear(self) -> None:
        """Forget everything."""
        self._messages = {}
