"""One look at one stack: where it lives, what is wanted, and who does the work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from tracing_lab import package
from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.outputs import Outputs, outputs_from_names
from tracing_lab.stack import (
    FunctionCode,
    Names,
    Observed,
    Plan,
    Resource,
    Site,
    plan,
    resources,
    retired,
)

from .observe import observe
from .providers import Provider, providers


@dataclass(frozen=True)
class _NoCode:
    """Stands for a deployment zip where only names matter."""

    sha256_base64: str = ""
    handler: str = ""


@dataclass(frozen=True)
class Session:
    """One look at one stack.

    Parameters
    ----------
    config
        The stack's variables.
    aws
        Makes the calls.
    site
        Where the stack lives.
    wanted
        What shall exist.
    providers
        Type to provider.
    """

    config: Config
    aws: Aws
    site: Site
    wanted: list[Resource]
    providers: Mapping[str, Provider]

    @classmethod
    def open(cls, config: Config, aws: Aws | None) -> Self:
        """Find out what is wanted where; builds the deployment zips."""
        packages = package.build_all()
        zips = {built.sha256_base64: built.data for built in packages.values()}
        return cls._open(config, aws, packages, zips)

    @classmethod
    def open_without_code(cls, config: Config, aws: Aws | None) -> Self:
        """Find out what things are called, which is all that outputs and deletions need."""
        return cls._open(config, aws, dict.fromkeys(SERVICES, _NoCode()), {})

    @classmethod
    def _open(
        cls,
        config: Config,
        aws: Aws | None,
        code: Mapping[str, FunctionCode],
        zips: Mapping[str, bytes],
    ) -> Self:
        aws = aws or Aws(config)
        site = _site(config, aws)
        wanted = resources(config, site, code)
        return cls(config, aws, site, wanted, providers(aws, zips, site))

    @property
    def names(self) -> Names:
        """The names of everything."""
        return Names(self.config, self.site)

    @property
    def everything(self) -> list[Resource]:
        """What any settings would make."""
        return [*self.wanted, *retired(self.config, self.site)]

    def plan(self, *, adopt: bool = False) -> Plan:
        """Find what must be done so that everything wanted exists and nothing else."""
        observed = observe(self.everything, self.providers)
        return plan(self.wanted, observed, stack=self.config.stack_name, adopt=adopt)

    def plan_removal(self, resources: list[Resource]) -> Plan:
        """Find what must be done so that none of some resources exist."""
        observed = observe(resources, self.providers)
        return plan([], observed, stack=self.config.stack_name)

    def observe(self, logical: str) -> Observed | None:
        """Read one resource."""
        looked_for = [resource for resource in self.wanted if resource.logical == logical]
        return observe(looked_for, self.providers).get(logical)

    def outputs(self, api_id: str) -> Outputs:
        """Collect the stack's outputs."""
        key = self.observe("api-key")
        return outputs_from_names(
            self.names,
            api_id=api_id,
            endpoint_url=self.aws.endpoint_url,
            api_key=key.outputs["Value"] if key is not None and key.owned else None,
        )


def _site(config: Config, aws: Aws) -> Site:
    identity = aws.sts.caller_identity()
    site = Site(identity.account_id, config.aws_region, identity.partition)
    names = Names(config, site)
    log_role = aws.gateway.log_role_arn()
    foreign = log_role not in {"", names.role_arn(names.api_log_role)}
    return Site(site.account_id, site.region, site.partition, foreign_log_role=foreign)
