"""The checks: each turns an observation into a result. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from packaging.version import Version

from tracing_lab.aws.account import KEPT_UNRESERVED, reservable

from .results import Result, Status

_MB = 1024**2
MIN_DISK_MB = 500
MAX_SKEW_S = 300.0
"""AWS rejects signatures that are older or newer (IAM guide, "Signature validity")."""

_NOTICED_SKEW_S = 30.0  # traces would be this far outside the requested window
_ORDERS_AT_ONCE = 20  # the concurrency that a lesson's traffic needs
_MAX_NAMED = 6


def python(found: str, wanted: str) -> Result:
    """Check the version of Python.

    Examples
    --------
    >>> python("3.10.2", "3.11").status
    <Status.FAIL: 'fail'>
    """
    if Version(found) >= Version(wanted):
        return Result("Python", Status.OK, found)
    remedy = f"Make a new environment with Python {wanted} or newer."
    return Result("Python", Status.FAIL, f"{found} is too old", remedy)


def packages(missing: Sequence[str], total: int) -> Result:
    """Check the required packages."""
    if not missing:
        return Result("packages", Status.OK, f"all {total} are new enough")
    wanted = " ".join(f"'{requirement}'" for requirement in missing)
    message = f"missing or too old: {', '.join(missing)}"
    return Result("packages", Status.FAIL, message, f"python -m pip install {wanted}")


def own_layer(*, is_built: bool, has_pip: bool) -> Result:
    """Check that there is, or can be, the layer with OpenTelemetry that the stack publishes.

    Parameters
    ----------
    is_built
        Whether it is in the cache folder.
    has_pip
        Whether pip is installed, which builds it.

    Examples
    --------
    >>> own_layer(is_built=True, has_pip=False).message
    'it is built'
    """
    if is_built:
        return Result("layer", Status.OK, "it is built")
    if has_pip:
        message = "the first plan builds it from PyPI's packages, in some 20 seconds"
        return Result("layer", Status.OK, message)
    remedy = "python -m ensurepip, or name a layer with --otel-layer-arn"
    return Result("layer", Status.FAIL, "there is no pip, which builds it", remedy)


def given_layer(arn: str, error: Exception | None) -> Result:
    """Check that the layer with OpenTelemetry that functions get can be read.

    Parameters
    ----------
    arn
        Its ARN.
    error
        Why it cannot be read; None if it can.
    """
    if error is None:
        return Result("layer", Status.OK, arn)
    remedy = (
        "Name one of this region with --otel-layer-arn; AWS's are listed at "
        "https://aws-otel.github.io/docs/getting-started/lambda"
    )
    return Result("layer", Status.FAIL, f"{arn} cannot be read: {error}", remedy)


def port(number: int, *, free: bool, chosen: bool) -> Result:
    """Check the port of the embedded AWS while it does not run.

    Parameters
    ----------
    number
        The port.
    free
        Whether the port is free.
    chosen
        Whether a setting requires this port.
    """
    if free:
        return Result("port", Status.OK, f"{number} is free")
    message = f"{number} is in use by another program"
    if not chosen:
        return Result("port", Status.OK, f"{message}; a free one will be taken")
    remedy = "Stop that program, or leave embedded_port out."
    return Result("port", Status.FAIL, message, remedy)


def state_folder(folder: str, *, writable: bool, free_bytes: int) -> Result:
    """Check the folder where the embedded AWS keeps its state.

    Parameters
    ----------
    folder
        The folder, or its nearest parent that exists.
    writable
        Whether files can be created there.
    free_bytes
        Free space on its disk, in bytes.
    """
    free_mb = free_bytes // _MB
    if not writable:
        remedy = "Set TRACING_LAB_EMBEDDED_STATE_DIR to a folder of yours."
        return Result("state folder", Status.FAIL, f"{folder} cannot be written to", remedy)
    if free_mb < MIN_DISK_MB:
        remedy = "Make room, or set TRACING_LAB_EMBEDDED_STATE_DIR to another disk."
        return Result("state folder", Status.WARN, f"only {free_mb} MB free at {folder}", remedy)
    return Result("state folder", Status.OK, folder)


def embedded(version: str | None, endpoint_url: str, own_version: str) -> Result:
    """Check the running embedded AWS, if there is one.

    Parameters
    ----------
    version
        The running version; None when none runs.
    endpoint_url
        Where it listens.
    own_version
        The version of this package.
    """
    if version is None:
        return Result("embedded AWS", Status.OK, "not running; it starts when it is needed")
    if version != own_version:
        message = f"{version} runs at {endpoint_url}, but this is {own_version}"
        return Result("embedded AWS", Status.WARN, message, "tracing-lab embedded stop")
    return Result("embedded AWS", Status.OK, f"running at {endpoint_url}")


def unsimulated(sentences: Sequence[str]) -> Result:
    """Report what the embedded AWS does otherwise than AWS.

    Parameters
    ----------
    sentences
        One about each, at least one.
    """
    more = f" (and {len(sentences) - 1} more)" if len(sentences) > 1 else ""
    message = f"not as on AWS: {sentences[0]}{more}"
    return Result("simulation", Status.WARN, message, "tracing-lab embedded status lists all")


def clock(skew_s: float | None) -> Result:
    """Check this machine's clock against AWS's.

    Parameters
    ----------
    skew_s
        How far this clock is ahead, in seconds; None when AWS did not report its time.
    """
    remedy = "Let the operating system set the clock from the network."
    if skew_s is None:
        return Result("clock", Status.WARN, "AWS did not report its time")
    if abs(skew_s) >= MAX_SKEW_S:
        message = f"{skew_s:+.0f} s; AWS rejects requests signed with this time"
        return Result("clock", Status.FAIL, message, remedy)
    if abs(skew_s) >= _NOTICED_SKEW_S:
        message = f"{skew_s:+.0f} s; traces will be outside the requested window"
        return Result("clock", Status.WARN, message, remedy)
    return Result("clock", Status.OK, f"within {max(1.0, abs(skew_s)):.0f} s of AWS")


def permissions(denied: Sequence[str], asked: int) -> Result:
    """Check the caller's permissions according to IAM's simulator."""
    if not denied:
        return Result("permissions", Status.OK, f"all {asked} actions are allowed")
    rest = len(denied) - _MAX_NAMED
    named = ", ".join(denied[:_MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    remedy = "Ask for them; `tracing-lab doctor --json` lists all."
    return Result("permissions", Status.FAIL, f"not allowed: {named}", remedy)


def trace_destination(destination: str) -> Result:
    """Check where X-Ray stores traces.

    With Transaction Search, GetTraceSummaries and BatchGetTraces return the indexed traces only
    (CloudWatch guide, "Transaction Search").
    """
    if destination == "XRay":
        return Result("trace destination", Status.OK, "X-Ray keeps all traces")
    message = "Transaction Search is on: only indexed traces, 1 % by default, can be fetched"
    remedy = (
        "aws xray update-indexing-rule --name Default "
        '--rule \'{"Probabilistic":{"DesiredSamplingPercentage":100}}\''
    )
    return Result("trace destination", Status.WARN, message, remedy)


def log_role(found_arn: str, own_arn: str) -> Result:
    """Check the account's role for API logs.

    Parameters
    ----------
    found_arn
        The role that is set; empty if none is.
    own_arn
        The role that this stack would set.
    """
    if not found_arn:
        return Result("log role", Status.OK, "none is set; apply sets one, destroy unsets it")
    if found_arn == own_arn:
        return Result("log role", Status.OK, "set by this stack")
    return Result("log role", Status.OK, f"set by someone else, and left alone: {found_arn}")


def concurrency(limits: Mapping[str, int], reserved: int) -> Result:
    """Check the account's limit of concurrent executions.

    Parameters
    ----------
    limits
        ``AccountLimit`` of Lambda's GetAccountSettings.
    reserved
        The concurrency that the stack reserves.
    """
    total = int(limits.get("ConcurrentExecutions", 0))
    left = int(limits.get("UnreservedConcurrentExecutions", total)) - reserved
    remedy = "Ask Service Quotas for more concurrent executions of Lambda."
    if reserved > reservable(limits):
        message = f"{reserved} to reserve would leave {left}; Lambda keeps {KEPT_UNRESERVED}"
        return Result("concurrency", Status.FAIL, message, remedy)
    if left < _ORDERS_AT_ONCE:
        message = f"only {left} functions may run at a time; orders will be throttled"
        return Result("concurrency", Status.WARN, message, remedy)
    return Result("concurrency", Status.OK, f"{left} functions may run at a time")


def failed(name: str, error: Exception, *, serious: bool) -> Result:
    """Return the result of a check that could not be made.

    Parameters
    ----------
    name
        What was checked.
    error
        The error.
    serious
        Whether it is a failure rather than a warning.
    """
    status = Status.FAIL if serious else Status.WARN
    message, _, remedy = str(error).partition(". ")
    return Result(name, status, message, remedy)


def unmet(requirements: Iterable[tuple[str, str, str | None]]) -> list[str]:
    """Return requirements that are missing or too old, as pip writes them.

    Parameters
    ----------
    requirements
        Name, lowest version, and installed version or None.

    Examples
    --------
    >>> unmet([("boto3", "1.40", "1.39.9"), ("numpy", "2.1", "2.2"), ("pandas", "2.3", None)])
    ['boto3>=1.40', 'pandas>=2.3']
    """
    return [
        f"{name}>={lowest}"
        for name, lowest, found in requirements
        if found is None or Version(found) < Version(lowest)
    ]
