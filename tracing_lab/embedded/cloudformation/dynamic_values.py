"""Values that stand elsewhere: in parameters of SSM, and in secrets.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.protocol.outgoing import CallError, ServiceCaller

from .errors import StackError, validation_error
from .template.parameters import SSM_VALUE

_REFERENCE = re.compile(r"\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}")


async def stored_parameters(
    call: ServiceCaller, template: Mapping[str, Any], values: Mapping[str, str]
) -> dict[str, str]:
    """Return parameters with the values in SSM of those whose type says that they are there."""
    declared = template.get("Parameters") or {}
    found = dict(values)
    for name, text in values.items():
        if str(declared[name].get("Type", "")).startswith(SSM_VALUE):
            try:
                found[name] = await _parameter(call, text)
            except CallError as error:
                message = (
                    f"Unable to fetch parameters [{text}] from parameter store for this account."
                )
                raise validation_error(message) from error
    return found


async def with_dynamic_values(call: ServiceCaller, value: Any) -> Any:
    """Return properties with their dynamic references resolved; StackError if one cannot be."""
    if isinstance(value, dict):
        return {name: await with_dynamic_values(call, item) for name, item in value.items()}
    if isinstance(value, list):
        return [await with_dynamic_values(call, item) for item in value]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value
    for match in _REFERENCE.finditer(value):
        value = value.replace(match[0], await _resolved(call, match[1], match[2]))
    return value


async def _resolved(call: ServiceCaller, service: str, reference: str) -> str:
    try:
        if service == "secretsmanager":
            return await _secret(call, reference)
        return await _parameter(call, reference)
    except CallError as error:
        message = f"Dynamic reference {service}:{reference} cannot be resolved: {error}"
        raise StackError(message) from error


async def _parameter(call: ServiceCaller, name: str) -> str:
    found = await call("ssm", "GetParameter", Name=name, WithDecryption=True)
    return str(found["Parameter"]["Value"])


async def _secret(call: ServiceCaller, reference: str) -> str:
    """Return a secret, or the value of one key of its JSON: ``NAME:SecretString:KEY``."""
    name, _, rest = reference.partition(":SecretString")
    found = await call("secretsmanager", "GetSecretValue", SecretId=name)
    key = rest.lstrip(":").split(":")[0]
    return str(json.loads(found["SecretString"])[key] if key else found["SecretString"])
