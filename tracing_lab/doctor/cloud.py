"""What can be found out about an account and its region; nothing is changed there."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime

from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES
from tracing_lab.errors import AwsError
from tracing_lab.stack import Names, Site, resources

from . import checks
from .actions import by_resource, needed
from .results import Result, Status

Now = Callable[[], datetime]


def _now() -> datetime:
    return datetime.now(UTC)


def examine(aws: Aws, *, now: Now = _now) -> Iterator[Result]:
    """Check credentials, clock, region, quotas, permissions and settings of the account.

    Parameters
    ----------
    aws
        Makes the calls.
    now
        Tells what time it is on this machine.

    Yields
    ------
    Result
        One per check; after unusable credentials nothing more can be checked.
    """
    try:
        arn, server_time = aws.account.caller()
    except AwsError as error:
        yield checks.failed("credentials", error, serious=True)
        return
    yield Result("credentials", Status.OK, arn)
    yield checks.clock((now() - server_time).total_seconds() if server_time else None)
    site = Site(arn.split(":")[4], aws.config.aws_region, arn.split(":")[1])
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
    if aws.config.target != "aws":
        return everywhere  # emulators have no quotas, and allow their user everything
    return {
        "region": lambda: _region(aws),
        "permissions": lambda: _permissions(aws, arn, site),
        **everywhere,
    }


def _region(aws: Aws) -> Result:
    """Check that Lambda answers in the region, and how much it lets run."""
    reserved = sum(aws.config.lambda_reserved_concurrency.values())
    found = checks.concurrency(aws.account.lambda_limits(), reserved)
    message = f"{aws.config.aws_region}: {found.message}"
    return Result("region", found.status, message, found.remedy)


def _permissions(aws: Aws, arn: str, site: Site) -> Result:
    principal = _principal(aws, arn)
    if principal is None:
        return Result("permissions", Status.OK, "the account's root user may do everything")
    actions = needed({one.type for one in resources(aws.config, site, _no_code())})
    denied = [
        action
        for arn_, some in by_resource(actions, Names(aws.config, site)).items()
        for action in aws.account.denied(principal, some, arn_)
    ]
    return checks.permissions(denied, len(actions))


def _principal(aws: Aws, arn: str) -> str | None:
    """Find the user or role behind a caller; the simulator knows no sessions and no root."""
    kind, *names = arn.split(":")[5].split("/")
    if kind == "root":
        return None
    if kind != "assumed-role":
        return arn
    with suppress(AwsError):
        return aws.account.role_arn(names[0])
    partition, account = arn.split(":")[1], arn.split(":")[4]
    return f"arn:{partition}:iam::{account}:role/{names[0]}"


def _log_role(aws: Aws, site: Site) -> Result:
    names = Names(aws.config, site)
    return checks.log_role(aws.gateway.log_role_arn(), names.role_arn(names.api_log_role))


def _no_code() -> dict[str, "_NoCode"]:
    return dict.fromkeys(SERVICES, _NoCode())


class _NoCode:
    """Stands for a deployment zip where only the types of resources matter."""

    sha256_base64 = ""
    handler = ""
