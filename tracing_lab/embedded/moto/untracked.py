"""moto's objects, without its lists that keep every object of every class until a reset.

They serve moto's dashboard, which this server does not have, and the reset of S3, which closes the
files of objects; those are closed with their objects.
"""

from functools import cache
from typing import Any

from moto.core.common_models import BaseModel


@cache
def forget_instances() -> None:
    """End moto's objects when nothing refers to them, in the whole process."""
    setattr(BaseModel, "__new__", _new)  # noqa: B010 - no assignment that mypy accepts


def _new(cls: Any, *_arguments: object, **_named: object) -> Any:
    return super(BaseModel, cls).__new__(cls)
