"""Several regions with one call: the same verb for all of them at the same time.

A stack of one region knows nothing of its sisters: even the names of its roles, which are global,
tell the region. So a failure of one region leaves the others as they are.
"""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError, DeployError, TracingLabError

Result = TypeVar("Result")


def in_all(
    verb: Callable[..., Result],
    configs: Iterable[Config],
    *,
    make_aws: Callable[[Config], Aws] = Aws,
    **options: Any,
) -> dict[str, Result]:
    """Do the same for the stacks of several regions, at the same time.

    ``in_all(apply, config.in_regions("us-east-1", "eu-west-1"))`` applies two.

    Parameters
    ----------
    verb
        What to do with each config, for example `plan`, `apply` or `destroy`.
    configs
        One config per region; see `Config.in_regions`.
    make_aws
        Makes what makes the calls.
    **options
        Options of the verb. Several threads call its callbacks at once.

    Returns
    -------
    dict[str, Any]
        Region to what the verb gave, in the order of the configs.

    Raises
    ------
    ConfigError
        If there is no region, or one twice; nothing is done then.
    DeployError
        If it failed in some regions; it is done in the others.
    """
    # Made one after another: the first may have to start the embedded AWS.
    ready = {region: (one, make_aws(one)) for region, one in _by_region(configs).items()}
    with ThreadPoolExecutor(len(ready), thread_name_prefix="region") as pool:
        doing = {
            region: pool.submit(verb, config, aws=aws, **options)
            for region, (config, aws) in ready.items()
        }
    _raise_failures(doing)
    return {region: one.result() for region, one in doing.items()}


def _by_region(configs: Iterable[Config]) -> dict[str, Config]:
    everything = list(configs)
    found = {config.aws_region: config for config in everything}
    if not found or len(found) < len(everything):
        regions = ", ".join(config.aws_region for config in everything) or "none"
        msg = f"Every region must be there once; these are {regions}."
        raise ConfigError(msg)
    return found


def _raise_failures(doing: Mapping[str, Future[Any]]) -> None:
    failed = {region: error for region, one in doing.items() if (error := one.exception())}
    for error in failed.values():
        if not isinstance(error, TracingLabError):
            raise error
    if failed:
        done = ", ".join(region for region in doing if region not in failed) or "no region"
        lines = [*(f"{region}: {error}" for region, error in failed.items()), f"Done in {done}."]
        raise DeployError("\n".join(lines)) from next(iter(failed.values()))
