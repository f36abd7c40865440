"""Which stack it is, and where it lives.

The limits of names are those of IAM (CreateRole) and EventBridge (PutRule).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tracing_lab.config.declaring import setting
from tracing_lab.config.limits import (
    Custom,
    Like,
    Matching,
    OneOf,
    Whole,
    check_path,
    check_tags,
    check_url,
)

_NAME = Matching("[A-Za-z][A-Za-z0-9_-]*", "letters, digits, - and _, letter first")
_REGION = r"[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}"


@dataclass(frozen=True, kw_only=True)
class StackSettings:
    """Which stack it is, and where it lives."""

    project_name: str = setting(
        "distributed-tracing",
        help="First part of every resource's name",
        limits=_NAME,
    )
    environment: str = setting(
        "dev",
        help="Second part of every resource's name, for example `dev`",
        limits=_NAME,
    )
    aws_region: str = setting(
        "us-east-1",
        help="Region of all resources",
        limits=Like(_REGION, "us-east-1"),
    )
    target: str = setting(
        "embedded",
        help="`embedded` for the AWS that comes with this package, `aws` for a real account",
        limits=OneOf(("embedded", "aws")),
    )
    endpoint_url: str | None = setting(
        None,
        help="Another emulator to use instead of the embedded AWS; it gets dummy credentials",
        limits=Custom("such as `http://127.0.0.1:4566`", check_url),
    )
    embedded_port: int | None = setting(
        None,
        help="Port of the embedded AWS; if none is given, 4566, or a free one if that is taken",
        limits=Whole(1, 65535),
    )
    embedded_state_dir: Path | None = setting(
        None,
        help="Folder of the embedded AWS's state; if none is given, the user's state folder",
        limits=Custom("a path", check_path),
    )
    tags: Mapping[str, str] = setting(
        {},
        help="Tags for every resource, in addition to the stack's own",
        limits=Custom("at most 48, as `Owner=me,Team=us` or JSON", check_tags),
        feeds="*.Tags",
    )
