"""Rules of event buses and their targets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TargetSpec:
    """One target of a rule."""

    id: str
    arn: str
    input: str | None = None
    input_path: str | None = None
    input_transformer: Mapping[str, Any] | None = None
    dead_letter_arn: str | None = None
    max_retries: int = 185
    max_event_age_s: float = 86400.0
    message_group_id: str | None = None  # of a FIFO queue
    role_arn: str | None = None
    http_parameters: Mapping[str, Any] | None = None  # of an API's method


@dataclass(frozen=True)
class RuleSpec:
    """An enabled EventBridge rule with its targets."""

    name: str
    arn: str
    pattern: Mapping[str, Any]
    targets: tuple[TargetSpec, ...]
    schedule: str | None = None  # for example "rate(5 minutes)"
