"""EventBridge's PutEvents operation over HTTP."""

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import rejection
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader

from .bus import Bus
from .entries import BusError


async def put_events_response(call: ApiCall, bus: Bus) -> HttpResponse:
    """Return the response to a call of PutEvents."""
    request = call.request
    try:
        header = TraceHeader.parse(request.header(HEADER_NAME))
        return json_response(200, await bus.put_events(request.json, header))
    except BusError as error:
        return rejection(call, error.status, error.code, str(error))
    except (ValueError, RecursionError) as error:
        return rejection(call, 400, "SerializationException", f"The body is not JSON: {error}")
