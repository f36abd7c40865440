"""Run one verb for the stacks of several regions at the same time.

The stacks are independent: even the names of their roles, which are global, contain the region. So
a failure in one region does not affect the others.
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
    """Call a verb for the stacks of several regions at the same time.

    ``in_all(apply, config.in_regions("us-east-1", "eu-west-1"))`` applies two.

    Parameters
    ----------
    verb
        The function to call for each config, for example `plan`, `apply` or `destroy`.
    configs
        One config per region; see `Config.in_regions`.
    make_aws
        Creates the AWS clients of a config.
    **options
        Keyword arguments of the verb. Several threads call its callbacks at once.

    Returns
    -------
    dict[str, Any]
        Results of the verb by region, in the order of the configs.

    Raises
    ------
    ConfigError
        If there is no region, or a duplicate; nothing is done then.
    DeployError
        If the verb failed in some regions; it was completed in the others.
    """
    # Created one after another: the first may have to start the embedded AWS.
    ready = {region: (config, make_aws(config)) for region, config in _by_region(configs).items()}
    with ThreadPoolExecutor(len(ready), thread_name_prefix="region") as pool:
        doing = {
            region: pool.submit(verb, config, aws=aws, **options)
            for region, (config, aws) in ready.items()
        }
    _raise_failures(doing)
    return {region: future.result() for region, future in doing.items()}


def _by_region(configs: Iterable[Config]) -> dict[str, Config]:
    everything = list(configs)
    found = {config.aws_region: config for config in everything}
    if not found or len(found) < len(everything):
        regions = ", ".join(config.aws_region for config in everything) or "none"
        msg = f"Each region must be listed exactly once; these are: {regions}."
        raise ConfigError(msg)
    return found


def _raise_failures(doing: Mapping[str, Future[Any]]) -> None:
    failed = {region: error for region, future in doing.items() if (error := future.exception())}
    for error in failed.values():
        if not isinstance(error, TracingLabError):
            raise error
    if failed:
        done = ", ".join(region for region in doing if region not in failed) or "no region"
        lines = [*(f"{region}: {error}" for region, error in failed.items()), f"Done in {done}."]
        raise DeployError("\n".join(lines)) from next(iter(failed.values()))
