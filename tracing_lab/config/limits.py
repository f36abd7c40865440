"""What AWS accepts for each variable; pure checks that name the remedy.

The limits are those of the API references of Lambda (CreateFunction), CloudWatch Logs
(PutRetentionPolicy), API Gateway (CreateStage), EventBridge (PutRule) and IAM (CreateRole).
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from . import fault_limits, options
from .checks import Problem, in_range, matches, one_of

SERVICES = ("order", "payment", "inventory", "notification")
TARGETS = ("embedded", "aws")
TRACING_MODES = ("Active", "PassThrough")
# Runtimes that AWS still supports and that the functions' Python allows (Lambda runtimes page).
RUNTIMES = ("python3.11", "python3.12", "python3.13", "python3.14")
RETENTION_DAYS: tuple[int, ...] = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731)
RETENTION_DAYS += (1096, 1827, 2192, 2557, 2922, 3288, 3653)
OWNERSHIP_TAG = "tracing-lab:stack"
MAX_NAME = 64
# What stands beside project and environment in the longest name: "--notification-rule-" + 8 digits.
LONGEST_KIND = "notification-rule"
NAME_ROOM = MAX_NAME - len(LONGEST_KIND) - 8 - len("---")
MAX_TAGS = 48  # AWS allows 50; the ownership tag and the mark of a web ACL are ours
MAX_FAULTS_BYTES = 3000  # a function's environment may hold 4 KB in all

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_STAGE = re.compile(r"[A-Za-z0-9_-]{1,128}")
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}")
_TAG_TEXT = re.compile(r"[\w\s+\-=.:/@]*")


def problems(values: Mapping[str, Any]) -> list[Problem]:
    """List everything that is wrong with a set of variables.

    Parameters
    ----------
    values
        Variable name to value, all variables of `Config`.

    Returns
    -------
    list[str]
        One sentence per problem; empty if the variables can work.
    """
    return [
        *_names(values),
        *_lambda(values),
        *_choices(values),
        *_target(values),
        *_tags(values["tags"]),
        *_faults(values["faults"]),
        *options.problems(values, services=SERVICES),
    ]


def _names(values: Mapping[str, Any]) -> Iterator[Problem]:
    for field in ("project_name", "environment"):
        if not matches(_NAME, values[field]):
            yield f"{field}={values[field]!r} must be letters, digits, - and _, letter first"
    together = len(str(values["project_name"])) + len(str(values["environment"]))
    if together > NAME_ROOM:
        yield (
            f"project_name and environment have {together} characters together; at most "
            f"{NAME_ROOM}, because AWS allows {MAX_NAME} in the names made from them"
        )
    stage = values["api_gateway_stage_name"]
    if not matches(_STAGE, stage) or stage == "test-invoke-stage":
        yield f"api_gateway_stage_name={stage!r} must be 1 to 128 letters, digits, - and _"
    if not matches(_REGION, values["aws_region"]):
        yield f"aws_region={values['aws_region']!r} must look like 'us-east-1'"


def _lambda(values: Mapping[str, Any]) -> Iterator[Problem]:
    yield from in_range(values, "lambda_timeout", 1, 900, "seconds")
    yield from in_range(values, "lambda_memory_size", 128, 10240, "MB")


def _choices(values: Mapping[str, Any]) -> Iterator[Problem]:
    yield from one_of(values, "target", TARGETS)
    yield from one_of(values, "x_ray_tracing_mode", TRACING_MODES)
    yield from one_of(values, "lambda_runtime", RUNTIMES)
    yield from one_of(values, "lambda_log_retention_days", RETENTION_DAYS)
    yield from one_of(values, "enable_detailed_monitoring", (False, True))


def _target(values: Mapping[str, Any]) -> Iterator[Problem]:
    url, folder = values["endpoint_url"], values["embedded_state_dir"]
    if values["embedded_port"] is not None:
        yield from in_range(values, "embedded_port", 1, 65535)
    if folder is not None and (not isinstance(folder, Path) or "\0" in str(folder)):
        yield f"embedded_state_dir={folder!r} must be a path"
    if url is None:
        return
    if not isinstance(url, str) or not _is_http_url(url):
        yield f"endpoint_url={url!r} must look like 'http://127.0.0.1:4566'"
    elif values["target"] == "aws":
        yield "endpoint_url is for emulators; leave it out with target='aws'"


def _tags(tags: object) -> Iterator[Problem]:
    if not isinstance(tags, Mapping):
        yield f"tags={tags!r} must map names to values"
        return
    if len(tags) > MAX_TAGS:
        yield f"tags has {len(tags)} entries; AWS allows {MAX_TAGS} beside our own"
    for key, value in tags.items():
        if not _is_tag_text(key, 1, 128) or not _is_tag_text(value, 0, 256):
            yield f"tags: {key!r}={value!r} must be text of letters, digits, spaces and +-=._:/@"
        elif key.lower().startswith(("aws:", "tracing-lab:")):
            yield f"tags: {key!r} begins with a reserved prefix; choose another name"


def _faults(faults: object) -> Iterator[Problem]:
    if not isinstance(faults, Mapping):
        yield f"faults={faults!r} must map service names to fault settings"
        return
    for service, fault in faults.items():
        if service not in SERVICES:
            yield f"faults: {fault_limits.unknown(service, SERVICES, what='service')}"
        elif not isinstance(fault, Mapping) or _json_size(fault) > MAX_FAULTS_BYTES:
            yield f"faults: {service!r} must be a JSON object of at most {MAX_FAULTS_BYTES} bytes"
        else:
            yield from fault_limits.problems(fault, where=f"faults: {service}")


def _is_http_url(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query


def _is_tag_text(text: object, low: int, high: int) -> bool:
    return matches(_TAG_TEXT, text) and low <= len(str(text)) <= high


def _json_size(value: object) -> int:
    try:
        return len(json.dumps(dict(value) if isinstance(value, Mapping) else value).encode())
    except (TypeError, ValueError):
        return MAX_FAULTS_BYTES + 1
