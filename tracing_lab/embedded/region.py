"""All data planes of one region, wired together."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from .bus import Bus
from .control.plane import ControlPlane
from .daemon import Daemon
from .functions import Functions
from .gateway import Gateway
from .logs import LogSink
from .model import FunctionSpec
from .xray import XRay


class Region:
    """API Gateway, Lambda, EventBridge, CloudWatch Logs and X-Ray of one region.

    Parameters
    ----------
    control
        The control plane that knows what was provisioned.
    name
        For example ``us-east-1``.
    state_dir
        Folder that outlives the server: traces are kept here.
    endpoint_url
        Where functions reach the embedded AWS.
    """

    def __init__(
        self, control: ControlPlane, *, name: str, state_dir: Path, endpoint_url: str
    ) -> None:
        self.name = name
        self.catalog = control.catalog(name)
        self.xray = XRay(state_dir / name, region=name, account_id=control.account_id)
        self.daemon = Daemon(self.xray.receive, self.xray.handle)
        host, port = self.daemon.start()
        self.daemon_address = f"{host}:{port}"
        self.logs = LogSink(
            put=partial(control.put_log_events, name),
            put_metrics=partial(control.put_metrics, name),
        )
        self.functions = Functions(
            work_dir=state_dir / name / "functions",
            emit=self.xray.emit,
            write_logs=self.logs.write,
            environment=_function_environment(name, endpoint_url, self.daemon_address),
            sample=self._sample_function,
            resolve=self._current,
        )
        self.bus = Bus(catalog=self.catalog, accept=self.functions.accept)
        self.gateway = Gateway(
            catalog=self.catalog,
            invoke=self.functions.invoke,
            emit=self.xray.emit,
            write_logs=self.logs.write,
            decide=self.xray.sampler.decide,
        )

    async def close(self) -> None:
        """Finish what is under way and leave no process behind."""
        await self.gateway.close()
        await self.bus.close()
        await self.functions.close()
        self.daemon.close()
        self.logs.close()
        self.xray.close()

    def _current(self, function: FunctionSpec) -> FunctionSpec:
        """Give a queued event's function as it stands now; KeyError when it is gone."""
        return self.catalog.function(function.name)

    def _sample_function(self, function: FunctionSpec) -> bool:
        """Decide for a function that is the entry point: 1 a second and 5 %, not configurable.

        Source: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
        """
        decision: Any = self.xray.sampler.decide(
            service_name=function.name,
            service_type="AWS::Lambda",
            host="",
            method="",
            path="",
            resource_arn=function.arn,
            attributes={},
        )
        return bool(decision.sampled)


def _function_environment(region: str, endpoint_url: str, daemon_address: str) -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_SESSION_TOKEN": "test",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_XRAY_DAEMON_ADDRESS": daemon_address,
    }
