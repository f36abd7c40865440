"""Retry calls of plain boto3 after transient errors, as `Caller` does."""

import time
from collections.abc import Callable
from typing import Any

from .caller import Caller

Json = dict[str, Any]


def call_patiently(
    method: Callable[..., Any], /, *, sleep: Callable[[float], None] = time.sleep, **params: Any
) -> Json:
    """Make a call of plain boto3; retry it after transient errors.

    A new role, for example, takes some seconds to propagate; until then Lambda responds that the
    role "cannot be assumed".

    Parameters
    ----------
    method
        A method of a boto3 client, for example ``boto3.client("lambda").create_function``.
    sleep
        Waits between attempts, in seconds.
    **params
        The call's parameters.

    Raises
    ------
    AwsError
        If the call failed permanently.
    """
    client: Any = getattr(method, "__self__", None)
    name = client.meta.method_to_api_mapping[method.__name__]
    operation = f"{client.meta.service_model.service_name}:{name}"
    resource = next((str(value) for value in params.values() if isinstance(value, str)), "AWS")
    return Caller(lambda _service: client, sleep=sleep).call(operation, resource, **params)
