"""boto3 sessions and clients: endpoint, credentials and timeouts."""

import os
import threading
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
from botocore.config import Config as BotoConfig
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader

from tracing_lab.config import Config
from tracing_lab.config.loopback import is_near
from tracing_lab.embedded import lifecycle

from .calling.control_plane import AWS_CONTROL_PLANE, LOCAL_CONTROL_PLANE, ControlPlaneProfile
from .calling.translate import error_from_exception

# The emulator's session must see nothing of the user's AWS files and profile: neither may real
# credentials reach an emulator nor may a broken profile stop the workshop.
_NO_USER_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class _Models(Loader):
    """Reads the model of each service once per process, not once per session."""

    @property
    def search_paths(self) -> list[str]:
        """The models' folders; a copy, because each boto3 session adds its own path again."""
        return list(super().search_paths)


_MODELS = _Models()


class Clients:
    """Creates each service's client once and shares it between threads.

    Parameters
    ----------
    session
        Creates the clients. Clients may be shared between threads, the session may not.
    endpoint_url
        The endpoint of all services; AWS's own endpoints if None.
    control_plane
        Quotas and typical durations of the endpoint's control plane.
    """

    def __init__(
        self,
        session: Any,
        *,
        endpoint_url: str | None = None,
        control_plane: ControlPlaneProfile = LOCAL_CONTROL_PLANE,
    ) -> None:
        self._session = session
        self.endpoint_url = endpoint_url
        self.control_plane = control_plane
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:
        """Return the client of a service.

        Parameters
        ----------
        service
            boto3's name of the service, for example ``lambda``.
        """
        with self._lock:
            if service not in self._made:
                self._made[service] = self._session.client(
                    service, endpoint_url=self.endpoint_url, config=self._boto_config()
                )
            return self._made[service]

    def _boto_config(self) -> BotoConfig:
        near = is_near(self.endpoint_url)
        return BotoConfig(
            retries={"mode": "standard", "total_max_attempts": 1},  # `retrying` decides
            connect_timeout=3 if near else 10,
            read_timeout=60,
            max_pool_connections=256,  # several stacks may share the clients
            user_agent_extra="tracing-lab",
            # AWS_ENDPOINT_URL may point at an emulator while a real account is meant.
            ignore_configured_endpoint_urls=True,  # type: ignore[call-arg] # missing in the stubs
            proxies={} if near else None,  # none of the environment's
        )


def connect(
    config: Config, *, ensure_running: Callable[..., Any] = lifecycle.ensure_running
) -> Clients:
    """Create the clients for a config; start the embedded AWS if it is the target.

    Parameters
    ----------
    config
        Selects the AWS.
    ensure_running
        Starts or finds the embedded AWS; for tests.

    Returns
    -------
    Clients
        Clients of the embedded AWS or of `Config.endpoint_url` with dummy credentials, or of
        the real account with the user's credentials.

    Raises
    ------
    EmbeddedError
        If the embedded AWS cannot be started.
    CredentialsError
        If the user's AWS profile cannot be read.
    """
    if config.target == "aws":
        return Clients(_real_session(config.aws_region), control_plane=AWS_CONTROL_PLANE)
    url = config.endpoint_url
    if url is None:
        status = ensure_running(port=config.embedded_port, state_dir=config.embedded_state_dir)
        url = str(status.endpoint_url)
    return Clients(_dummy_session(config.aws_region), endpoint_url=url)


def _real_session(region: str) -> Any:
    try:
        return boto3.Session(region_name=region)
    except BotoCoreError as error:
        raise error_from_exception(error, operation="session", resource=region) from error


def _dummy_session(region: str) -> Any:
    session = botocore.session.Session(session_vars=_NO_USER_SETTINGS)
    session.register_component("data_loader", _MODELS)
    return boto3.Session(
        botocore_session=session,
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the emulators' public dummy
        region_name=region,
    )
