"""Examine an account and its region, without changing anything."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from tracing_lab.arns import Arn, parse_arn
from tracing_lab.aws import Aws
from tracing_lab.errors import AwsError
from tracing_lab.stack import NO_CODE, Names, Site, resources

from . import checks
from .actions import by_resource, needed
from .results import Result, Status

Now = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


def examine(aws: Aws, *, now: Now = _now) -> Iterator[Result]:
    """Check credentials, clock, region, quotas, permissions and settings of the account.

    Yields
    ------
    Result
        One per check; unusable credentials end the examination.
    """
    try:
        arn, server_time = aws.account.caller()
    except AwsError as error:
        yield checks.failed("credentials", error, serious=True)
        return
    yield Result("credentials", Status.OK, arn)
    yield checks.clock((now() - server_time).total_seconds() if server_time else None)
    caller = parse_arn(arn)
    site = Site(caller.account_id, aws.config.aws_region, caller.partition)
    for name, ask in _questions(aws, arn, site).items():
        try:
            yield ask()
        except AwsError as error:
            yield checks.failed(name, error, serious=name == "region")


def _questions(aws: Aws, arn: str, site: Site) -> dict[str, Callable[[], Result]]:
    everywhere: dict[str, Callable[[], Result]] = {
        "trace destination": lambda: checks.trace_destination(aws.account.trace_destination()),
        "log role": lambda: _log_role(aws, site),
    }
    if aws.config.layer_arn is not None:
        everywhere["layer"] = partial(_layer, aws, aws.config.layer_arn)
    if aws.config.target != "aws":
        return everywhere  # emulators have no quotas or permissions
    return {
        "region": lambda: _region(aws),
        "permissions": lambda: _permissions(aws, arn, site),
        **everywhere,
    }


def _region(aws: Aws) -> Result:
    """Check that Lambda is available in the region, and its concurrency limit."""
    reserved = sum(aws.config.lambda_reserved_concurrency.values())
    found = checks.concurrency(aws.account.lambda_limits(), reserved)
    message = f"{aws.config.aws_region}: {found.message}"
    return Result("region", found.status, message, found.remedy)


def _layer(aws: Aws, layer_arn: str) -> Result:
    """Check that the layer with OpenTelemetry that is not the stack's can be used."""
    try:
        aws.lambda_.layer_version_by_arn(layer_arn)
    except AwsError as error:
        return checks.given_layer(layer_arn, error)
    return checks.given_layer(layer_arn, None)


def _permissions(aws: Aws, arn: str, site: Site) -> Result:
    principal = _principal(aws, arn)
    if principal is None:
        return Result("permissions", Status.OK, "the account's root user may do everything")
    actions = needed({resource.type for resource in resources(aws.config, site, NO_CODE)})
    denied = [
        action
        for arn_, some in by_resource(actions, Names(aws.config, site)).items()
        for action in aws.account.denied(principal, some, arn_)
    ]
    return checks.permissions(denied, len(actions))


def _principal(aws: Aws, arn: str) -> str | None:
    """Return the user or role behind a caller; the simulator rejects sessions and root."""
    caller = parse_arn(arn)
    kind, *names = caller.resource.split("/")
    if kind == "root":
        return None
    if kind != "assumed-role":
        return arn
    with suppress(AwsError):
        return aws.account.role_arn(names[0])
    return str(Arn("iam", "", caller.account_id, f"role/{names[0]}", caller.partition))


def _log_role(aws: Aws, site: Site) -> Result:
    names = Names(aws.config, site)
    return checks.log_role(aws.gateway.existing_log_role_arn(), names.api_log_role_arn)
