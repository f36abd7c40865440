"""The checks: each turns what was found out into a finding. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from packaging.version import Version

from .results import Result, Status

_MB = 1024**2
MIN_DISK_MB = 500
MAX_SKEW_S = 300.0
"""AWS refuses signatures that are older or newer (IAM guide, "Signature validity")."""

_NOTICED_SKEW_S = 30.0  # traces would lie this far beside the window that is asked for
_ORDERS_AT_ONCE = 20  # what a lesson's traffic needs
_KEPT_UNRESERVED = 100  # Lambda keeps that many for functions without a reservation
_MAX_NAMED = 6


def python(found: str, wanted: str) -> Result:
    """Check the version of Python.

    Parameters
    ----------
    found
        The version that runs.
    wanted
        The lowest one that works.

    Returns
    -------
    Result
        The finding.

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
    """Check the packages that this one needs.

    Parameters
    ----------
    missing
        Requirements that are not met.
    total
        How many there are.

    Returns
    -------
    Result
        The finding.
    """
    if not missing:
        return Result("packages", Status.OK, f"all {total} are new enough")
    wanted = " ".join(f"'{one}'" for one in missing)
    message = f"missing or too old: {', '.join(missing)}"
    return Result("packages", Status.FAIL, message, f"python -m pip install {wanted}")


def port(number: int, *, free: bool, chosen: bool) -> Result:
    """Check the port of the embedded AWS while it does not run.

    Parameters
    ----------
    number
        The port.
    free
        Whether it can be listened on.
    chosen
        Whether a setting asks for this port and no other.

    Returns
    -------
    Result
        The finding.
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
        Where it is, or the nearest folder above it that exists.
    writable
        Whether files can be made there.
    free_bytes
        Room on its disk.

    Returns
    -------
    Result
        The finding.
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
    """Check the embedded AWS that runs, if one does.

    Parameters
    ----------
    version
        The version that runs; None when none does.
    endpoint_url
        Where it listens.
    own_version
        The version of this package.

    Returns
    -------
    Result
        The finding.
    """
    if version is None:
        return Result("embedded AWS", Status.OK, "not running; it starts when it is needed")
    if version != own_version:
        message = f"{version} runs at {endpoint_url}, but this is {own_version}"
        return Result("embedded AWS", Status.WARN, message, "tracing-lab embedded stop")
    return Result("embedded AWS", Status.OK, f"running at {endpoint_url}")


def clock(skew_s: float | None) -> Result:
    """Check this machine's clock against AWS's.

    Parameters
    ----------
    skew_s
        How far this clock is ahead, in seconds; None when AWS did not say its time.

    Returns
    -------
    Result
        The finding.
    """
    remedy = "Let the operating system set the clock from the network."
    if skew_s is None:
        return Result("clock", Status.WARN, "AWS did not say what time it is")
    if abs(skew_s) >= MAX_SKEW_S:
        message = f"{skew_s:+.0f} s; AWS refuses what is signed with that"
        return Result("clock", Status.FAIL, message, remedy)
    if abs(skew_s) >= _NOTICED_SKEW_S:
        message = f"{skew_s:+.0f} s; traces lie beside the window that is asked for"
        return Result("clock", Status.WARN, message, remedy)
    return Result("clock", Status.OK, f"within {max(1.0, abs(skew_s)):.0f} s of AWS")


def permissions(denied: Sequence[str], asked: int) -> Result:
    """Check what the caller may do, as IAM's simulator sees it.

    Parameters
    ----------
    denied
        Actions that are not allowed.
    asked
        How many were asked about.

    Returns
    -------
    Result
        The finding.
    """
    if not denied:
        return Result("permissions", Status.OK, f"all {asked} actions are allowed")
    rest = len(denied) - _MAX_NAMED
    named = ", ".join(denied[:_MAX_NAMED]) + (f" and {rest} more" if rest > 0 else "")
    remedy = "Ask for them; `tracing-lab doctor --json` lists all."
    return Result("permissions", Status.FAIL, f"not allowed: {named}", remedy)


def trace_destination(destination: str) -> Result:
    """Check where X-Ray keeps traces.

    With Transaction Search, GetTraceSummaries and BatchGetTraces see the indexed traces only
    (CloudWatch guide, "Transaction Search").

    Parameters
    ----------
    destination
        What GetTraceSegmentDestination says.

    Returns
    -------
    Result
        The finding.
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
    """Check the one role that all REST APIs of the account log with.

    Parameters
    ----------
    found_arn
        The account's; empty if none is set.
    own_arn
        The one that this stack would set.

    Returns
    -------
    Result
        The finding.
    """
    if not found_arn:
        return Result("log role", Status.OK, "none is set; apply sets one, destroy unsets it")
    if found_arn == own_arn:
        return Result("log role", Status.OK, "set by this stack")
    return Result("log role", Status.OK, f"set by someone else, and left alone: {found_arn}")


def concurrency(limits: Mapping[str, int], reserved: int) -> Result:
    """Check how many invocations of functions the account allows at a time.

    Parameters
    ----------
    limits
        ``AccountLimit`` of Lambda's GetAccountSettings.
    reserved
        What the stack wants to reserve.

    Returns
    -------
    Result
        The finding.
    """
    total = int(limits.get("ConcurrentExecutions", 0))
    left = int(limits.get("UnreservedConcurrentExecutions", total)) - reserved
    remedy = "Ask Service Quotas for more concurrent executions of Lambda."
    if reserved and left < _KEPT_UNRESERVED:
        message = f"{reserved} to reserve would leave {left}; Lambda keeps {_KEPT_UNRESERVED}"
        return Result("concurrency", Status.FAIL, message, remedy)
    if left < _ORDERS_AT_ONCE:
        message = f"only {left} functions may run at a time; orders will be throttled"
        return Result("concurrency", Status.WARN, message, remedy)
    return Result("concurrency", Status.OK, f"{left} functions may run at a time")


def failed(name: str, error: Exception, *, serious: bool) -> Result:
    """Report a question that could not be answered.

    Parameters
    ----------
    name
        What was checked.
    error
        What happened instead.
    serious
        Whether nothing works without it.

    Returns
    -------
    Result
        The finding; the error's text says what to do.
    """
    status = Status.FAIL if serious else Status.WARN
    message, _, remedy = str(error).partition(". ")
    return Result(name, status, message, remedy)


def unmet(requirements: Iterable[tuple[str, str, str | None]]) -> list[str]:
    """Find requirements that are not met.

    Parameters
    ----------
    requirements
        Name, lowest version, and installed version or None.

    Returns
    -------
    list[str]
        Those missing or too old, as pip writes them.

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
