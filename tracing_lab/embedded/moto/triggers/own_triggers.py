"""Stops moto from running functions and moving events by itself.

For event source mappings and notifications moto starts containers, and waits for
Docker while all other calls wait for it. Here the data planes do that, or nothing does: see
`tracing_lab.embedded.unsimulated`.
"""

import json
import logging
from functools import cache
from typing import Any

from moto.awslambda.models import LambdaFunction
from moto.dynamodb.models.table import Table
from moto.kinesis.models import Stream
from moto.sqs.models import Queue

_LOGGER = logging.getLogger(__name__)
_MAPPINGS = "lambda_event_source_mappings"  # attribute by which moto's sources find functions


@cache
def stop_own_triggers() -> None:
    """Detach moto's sources from functions, and replace how moto runs a function."""
    for source in (Queue, Stream, Table):
        setattr(source, _MAPPINGS, property(lambda _: {}, lambda _, __: None))
    LambdaFunction.invoke = _not_run  # type: ignore[method-assign,assignment] # moto has no switch


def _not_run(function: Any, _body: Any, _headers: Any, response_headers: dict[str, Any]) -> bytes:
    """Replace moto's ``LambdaFunction.invoke``, which no data plane uses."""
    _LOGGER.warning("%s is not run: this kind of trigger is not simulated", function.function_arn)
    response_headers["x-amz-function-error"] = "Unhandled"
    return json.dumps({"errorMessage": "this kind of trigger is not simulated"}).encode()
