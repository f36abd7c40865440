"""CloudFormation, loaded when it is first called: its modules take a tenth of a server's start."""

from importlib import import_module
from pathlib import Path
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.outgoing import Send
from tracing_lab.embedded.protocol.query import with_form_members
from tracing_lab.embedded.protocol.service_models import operation_model
from tracing_lab.embedded.unsimulated.warnings import AcceptedGaps

_SERVICE = "cloudformation"


class Formation:
    """The stacks of all regions.

    Parameters
    ----------
    state_dir
        Folder of persistent state.
    account_id
        The account.
    send
        Sends a request to the embedded AWS itself.
    gaps
        Rejects and remembers what is not simulated.
    """

    def __init__(self, state_dir: Path, *, account_id: str, send: Send, gaps: AcceptedGaps) -> None:
        self._state_dir = state_dir
        self._account_id = account_id
        self._send = send
        self._gaps = gaps
        self._loaded: Any = None

    def handles(self, call: ApiCall) -> bool:
        """Return whether this responds to a call."""
        return call.service == _SERVICE and self._service().handles(call)

    async def handle(self, call: ApiCall) -> HttpResponse:
        """Respond to a call."""
        call = with_form_members(call, operation_model(*call.key))
        rejection = self._gaps.refusal(call)
        if rejection is not None:
            return rejection
        response: HttpResponse = await self._service().handle(call)
        if response.status < 400:  # noqa: PLR2004 - done
            self._gaps.note(call)
        return response

    async def reset(self) -> None:
        """Stop deployments and forget all stacks."""
        await self._service().reset()

    async def close(self) -> None:
        """Stop deployments and close the file of stacks."""
        if self._loaded is not None:
            await self._loaded.close()

    def _service(self) -> Any:
        if self._loaded is None:
            service = import_module(".service", __package__)
            self._loaded = service.CloudFormation(
                self._state_dir, account_id=self._account_id, send=self._send
            )
        return self._loaded
