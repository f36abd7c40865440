"""Plain data that the parts of the embedded AWS exchange.

The moto adapter builds the ``*Spec`` objects from provisioned resources; the data planes read them.
"""

from .apis import (
    AuthorizerSpec,
    BodyModelSpec,
    GatewayResponseSpec,
    IntegrationResponseSpec,
    IntegrationSpec,
    MethodSettings,
    MethodSpec,
    QuotaSpec,
    StageSpec,
    ThrottleSpec,
    UsagePlanSpec,
)
from .catalog import Catalog
from .common import (
    MAX_INVOKE_BYTES,
    MAX_UNZIPPED_BYTES,
    AcceptEvent,
    Document,
    EmitSegment,
    InvokeFunction,
    ObserveFunction,
    SendMessage,
    WriteLogs,
)
from .functions import (
    FunctionAttempt,
    FunctionSpec,
    Invocation,
    InvokeResult,
    LogSettings,
    Throttled,
)
from .messages import QueueMessage, ServiceCall
from .rules import RuleSpec, TargetSpec

__all__ = [
    "MAX_INVOKE_BYTES",
    "MAX_UNZIPPED_BYTES",
    "AcceptEvent",
    "AuthorizerSpec",
    "BodyModelSpec",
    "Catalog",
    "Document",
    "EmitSegment",
    "FunctionAttempt",
    "FunctionSpec",
    "GatewayResponseSpec",
    "IntegrationResponseSpec",
    "IntegrationSpec",
    "Invocation",
    "InvokeFunction",
    "InvokeResult",
    "LogSettings",
    "MethodSettings",
    "MethodSpec",
    "ObserveFunction",
    "QueueMessage",
    "QuotaSpec",
    "RuleSpec",
    "SendMessage",
    "ServiceCall",
    "StageSpec",
    "TargetSpec",
    "ThrottleSpec",
    "Throttled",
    "UsagePlanSpec",
    "WriteLogs",
]
