"""The four functions.

The limits are those of Lambda's API reference (CreateFunction).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.config.declaring import setting
from tracing_lab.config.limits import Custom, OneOf, Whole, check_concurrency, check_faults

# Runtimes that AWS still supports and that the functions' Python allows (Lambda runtimes page).
RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")


@dataclass(frozen=True, kw_only=True)
class LambdaSettings:
    """The four functions."""

    lambda_runtime: str = setting(
        "python3.13",
        help="Runtime of the four functions",
        limits=OneOf(RUNTIMES),
        feeds="AWS::Lambda::Function.Runtime",
    )
    lambda_architecture: str = setting(
        "x86_64",
        help="Processor of the four functions",
        limits=OneOf(("x86_64", "arm64")),
        feeds="AWS::Lambda::Function.Architectures",
    )
    lambda_timeout: int = setting(
        30,
        help="Seconds that a function may run",
        limits=Whole(1, 900, "seconds"),
        feeds="AWS::Lambda::Function.Timeout",
    )
    lambda_memory_size: int = setting(
        128,
        help="Memory of a function",
        limits=Whole(128, 10240, "MB"),
        feeds="AWS::Lambda::Function.MemorySize",
    )
    lambda_ephemeral_storage_mb: int = setting(
        512,
        help="Size of a function's folder for temporary files, `/tmp`",
        limits=Whole(512, 10240, "MB"),
        feeds="AWS::Lambda::Function.EphemeralStorage.Size",
    )
    lambda_reserved_concurrency: Mapping[str, int] = setting(
        {},
        help="Per service, the environments that its function has for itself, at most",
        limits=Custom("0 to 1,000 each, as `order=5,payment=2` or JSON", check_concurrency),
        feeds="AWS::Lambda::Function.ReservedConcurrentExecutions",
    )
    faults: Mapping[str, Any] = setting(
        {},
        help="Per service, the faults that it makes, for lessons",
        limits=Custom("JSON", check_faults),
        feeds="AWS::Lambda::Function.Environment.Variables.FAULTS",
    )
