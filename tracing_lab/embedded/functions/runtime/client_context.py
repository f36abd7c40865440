"""The context object that the built-in runtime client passes to handlers.

Belongs to `client` and is as stand-alone.
"""

import json
import logging
import os
import sys
import time
from types import SimpleNamespace
from typing import Any

from .client_errors import RuntimeFault
from .client_log import PLAIN_FRAME, FrameHandler

_W3C_FIELDS = ("traceparent", "tracestate", "baggage")


class LambdaContext:
    """The second argument of handlers."""

    def __init__(self, request: dict[str, str]) -> None:
        client = _parsed(request.get("lambda-runtime-client-context"), "Client Context")
        identity = _parsed(request.get("lambda-runtime-cognito-identity"), "Cognito Identity") or {}
        self.aws_request_id = request.get("lambda-runtime-aws-request-id")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = request.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = request.get("lambda-runtime-aws-tenant-id")
        self._w3c = _w3c_fields(client)
        self.client_context = _client_context(client)
        self.identity = SimpleNamespace(
            cognito_identity_id=identity.get("cognitoIdentityId"),
            cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
        )
        self._deadline_ms = int(request.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the timeout."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """Return the W3C trace context of the client context."""
        return dict(self._w3c)

    def log(self, message: object) -> None:
        """Write to the function's log."""
        for handler in logging.getLogger().handlers:
            if isinstance(handler, FrameHandler):
                handler.frames.write(str(message), PLAIN_FRAME)
                return
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        shown = ",".join(f"{k}={v}" for k, v in vars(self).items() if not k.startswith("_"))
        return f"LambdaContext([{shown}])"


def _parsed(header: str | None, name: str) -> Any:
    if not header:
        return None
    try:
        return json.loads(header)
    except ValueError as error:
        message = f"Unable to parse {name} JSON: {error}"
        raise RuntimeFault(message, kind="LambdaContextUnmarshalError") from error


def _w3c_fields(client: Any) -> dict[str, str]:
    fields = client.pop("w3c", None) if isinstance(client, dict) else None
    if not isinstance(fields, dict):
        return {}
    return {key: fields[key] for key in _W3C_FIELDS if isinstance(fields.get(key), str)}


def _client_context(client: dict[str, Any] | None) -> SimpleNamespace | None:
    if client is None:
        return None
    names = ("installation_id", "app_title", "app_version_name", "app_version_code")
    app = client.get("client")
    return SimpleNamespace(
        custom=client.get("custom"),
        env=client.get("env"),
        client=None
        if app is None
        else SimpleNamespace(**{name: app.get(name) for name in (*names, "app_package_name")}),
    )
