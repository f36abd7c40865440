"""The only AWS client code of the package.

`Aws` holds one facade per service, each with one method per operation that we need. All calls
go through one `Caller`, which retries what passes by itself and turns every failure into an
error of `tracing_lab.errors` that names operation, resource, request id and remedy.
"""

import time
from collections.abc import Callable
from typing import Any

from tracing_lab.config import Config

from .account import Account
from .caller import Caller
from .clients import Clients, connect
from .cloudwatch import CloudWatch
from .control_plane import AWS_CONTROL_PLANE, LOCAL_CONTROL_PLANE, ControlPlane
from .events import Events
from .gateway import Gateway
from .iam import Iam
from .inventory import Inventory
from .lambda_ import Lambda
from .logs import Logs
from .pacing import Pacer
from .patient import call_patiently
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
    "ControlPlane",
    "Identity",
    "Inventory",
    "call_patiently",
    "connect",
    "environment",
]


class Aws:
    """Everything that this package asks of AWS, for one target.

    Parameters
    ----------
    config
        Says which AWS: the embedded one, another emulator, or a real account.
    client_factory
        Makes the boto3 client of a service, for tests; made from `config` by default.
    control_plane
        How fast changes may come; by default as fast as the endpoint takes them.
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
        control_plane: ControlPlane | None = None,
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
