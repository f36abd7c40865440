"""The only AWS client code of the package.

`Aws` holds one facade per service, each with one method per operation that the library needs. All
calls go through one `Caller`, which retries transient errors and translates every other failure
into an error of `tracing_lab.errors` that names operation, resource, request id and remedy.
"""

import time
from collections.abc import Callable
from typing import Any

from tracing_lab.config import Config

from .account import Account
from .calling.boto3_calls import call_patiently
from .calling.caller import Caller
from .calling.control_plane import AWS_CONTROL_PLANE, LOCAL_CONTROL_PLANE, ControlPlaneProfile
from .calling.pacing import Pacer
from .clients import Clients, connect
from .cloudwatch import CloudWatch
from .events import Events
from .gateway import Gateway
from .iam import Iam
from .inventory import Inventory
from .lambda_ import Lambda
from .logs import Logs
from .shell import environment
from .sns import Sns
from .sqs import Sqs
from .sts import Identity, Sts
from .usage import Usage
from .wafv2 import Wafv2
from .xray import XRay
from .xray_settings import XRaySettings

__all__ = [
    "AWS_CONTROL_PLANE",
    "LOCAL_CONTROL_PLANE",
    "Aws",
    "Caller",
    "Clients",
    "ControlPlaneProfile",
    "Identity",
    "Inventory",
    "call_patiently",
    "connect",
    "environment",
]


class Aws:
    """The facades of all AWS services that the library uses, for one target.

    Parameters
    ----------
    config
        Selects the AWS: the embedded one, another emulator, or a real account.
    client_factory
        Returns the boto3 client of a service; created from `config` by default.
    control_plane
        Quotas and typical durations of calls; by default those of the endpoint.
    sleep
        Waits between calls, in seconds.

    Raises
    ------
    EmbeddedError
        If the embedded AWS is wanted and cannot be started.
    CredentialsError
        If the profile of a real account cannot be read.
    """

    def __init__(
        self,
        config: Config,
        *,
        client_factory: Callable[[str], Any] | None = None,
        control_plane: ControlPlaneProfile | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.config = config
        if client_factory is None:
            clients = connect(config)
            client_factory, self.endpoint_url = clients, clients.endpoint_url
            control_plane = control_plane or clients.control_plane
        else:
            self.endpoint_url = config.endpoint_url
        self.control_plane = control_plane or LOCAL_CONTROL_PLANE
        self.sleep = sleep
        caller = Caller(
            client_factory,
            endpoint_url=self.endpoint_url,
            pacer=Pacer(self.control_plane.quotas, sleep=sleep),
            sleep=sleep,
        )
        self.account = Account(caller)
        self.sts = Sts(caller)
        self.iam = Iam(caller)
        self.inventory = Inventory(caller)
        self.lambda_ = Lambda(caller)
        self.events = Events(caller)
        self.gateway = Gateway(caller)
        self.logs = Logs(caller)
        self.cloudwatch = CloudWatch(caller)
        self.sns = Sns(caller)
        self.sqs = Sqs(caller)
        self.usage = Usage(caller)
        self.wafv2 = Wafv2(caller)
        self.xray = XRay(caller)
        self.xray_settings = XRaySettings(caller)
