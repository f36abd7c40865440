"""HTTP APIs and function URLs of one region, wired together."""

import time
from collections.abc import Callable
from typing import NamedTuple

from tracing_lab.embedded.apigateway.integrations.function_calls import RoleMayInvoke
from tracing_lab.embedded.apigateway.integrations.service_integration import CallService
from tracing_lab.embedded.apigateway.integrations.waiting import FunctionCalls
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import InvokeFunction, WriteLogs

from .calls import GatewayCalls
from .function_urls import FunctionUrls, ObserveUrl
from .gateway import HttpApis, ObserveHttp
from .signers import Signers
from .specs import HttpCatalog


class IntegrationRoles(NamedTuple):
    """What integrations do with their roles.

    Parameters
    ----------
    may_invoke
        Returns whether a role may invoke a function.
    call_service
        Calls a service with a role.
    """

    may_invoke: RoleMayInvoke
    call_service: CallService


class HttpEndpoints:
    """Whatever passes HTTP requests to functions in payload format 2.0.

    Parameters
    ----------
    catalog
        Has APIs, function URLs and functions.
    invoke
        Runs a function and waits for its response.
    roles
        Evaluates and uses the roles of integrations.
    signers
        Evaluates the policies of the signers of requests.
    write_logs
        Writes access log lines.
    observe_api, observe_url
        Called for every finished request.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        *,
        catalog: HttpCatalog,
        invoke: InvokeFunction,
        roles: IntegrationRoles,
        signers: Signers,
        write_logs: WriteLogs,
        observe_api: ObserveHttp,
        observe_url: ObserveUrl,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._gateway_calls = GatewayCalls(catalog, invoke=invoke, role_may_invoke=roles.may_invoke)
        self._url_calls = FunctionCalls(invoke)
        self._apis = HttpApis(
            catalog=catalog,
            calls=self._gateway_calls,
            call_service=roles.call_service,
            signers=signers,
            write_logs=write_logs,
            observe=observe_api,
            clock=clock,
        )
        self._urls = FunctionUrls(
            catalog=catalog,
            calls=self._url_calls,
            signers=signers,
            observe=observe_url,
            clock=clock,
        )

    async def call_api(self, request: HttpRequest, api_id: str, path: str) -> HttpResponse:
        """Return the response of an HTTP API that exists."""
        return await self._apis.handle(request, api_id, path)

    async def call_url(self, request: HttpRequest, url_id: str, path: str) -> HttpResponse:
        """Return the response of a function URL."""
        return await self._urls.handle(request, url_id, path)

    async def close(self) -> None:
        """Cancel waiting for functions whose clients have disconnected or timed out."""
        await self._gateway_calls.close()
        await self._url_calls.close()
