"""All types of resources that a template may have."""

from collections.abc import Mapping

from . import (
    access,
    events,
    functions,
    gateway,
    gateway_stages,
    http_apis,
    messaging,
    observing,
    others,
    storage,
    tracing,
)
from .model import ResourceType

RESOURCE_TYPES: Mapping[str, ResourceType] = {
    resource_type.name: resource_type
    for module in (
        access,
        events,
        functions,
        gateway,
        gateway_stages,
        http_apis,
        messaging,
        observing,
        others,
        storage,
        tracing,
    )
    for resource_type in module.TYPES
}
"""By name."""
