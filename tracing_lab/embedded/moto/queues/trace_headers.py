"""The trace headers of messages: moto has them only of SendMessage with the system attribute.

A call's own header ``X-Amzn-Trace-Id`` is that of all its messages, unless a message has the system
attribute ``AWSTraceHeader``. Messages of a batch may have the attribute, too.
https://docs.aws.amazon.com/xray/latest/devguide/xray-services-sqs.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.xray_model.trace_header import HEADER_NAME

from .sending import changed_queues

_ATTRIBUTE = "AWSTraceHeader"
_ATTRIBUTES = "MessageSystemAttributes"


def send(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to SendMessage or SendMessageBatch, and keep the trace header of each message."""
    queues = changed_queues(call)[:1]
    before = {id(queue): len(queue._messages) for queue in queues}  # noqa: SLF001 - as in QueueStore
    response = call_next(call)
    if queues and succeeded(response):
        queue = queues[0]
        sent = _sent(call, content_of(response))
        header = call.request.header(HEADER_NAME)
        for message in queue._messages[before[id(queue)] :]:  # noqa: SLF001 - see above
            _keep(message, sent.get(message.id, {}), header)
    return response


def _sent(call: ApiCall, content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what was sent of each message by its id."""
    entries = {entry["Id"]: entry for entry in call.members.get("Entries") or ()}
    sent = {
        done["MessageId"]: entries.get(done["Id"], {}) for done in content.get("Successful") or ()
    }
    return sent or {content.get("MessageId", ""): call.members}


def _keep(message: Any, sent: Mapping[str, Any], header: str | None) -> None:
    own = sent.get(_ATTRIBUTES) or {}
    if own:
        message.system_attributes = dict(own)
    elif header:
        attribute = {"DataType": "String", "StringValue": header}
        message.system_attributes = {_ATTRIBUTE: attribute}
