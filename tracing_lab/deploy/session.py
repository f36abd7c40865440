"""One look at one stack: where it lives, what is wanted, and who does the work."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from tracing_lab import package
from tracing_lab.aws import Aws, Identity
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
        return cls.open_all([config], aws or Aws(config))[0]

    @classmethod
    def open_without_code(cls, config: Config, aws: Aws | None) -> Self:
        """Find out what things are called, which is all that outputs and deletions need."""
        return cls.open_all_without_code([config], aws or Aws(config))[0]

    @classmethod
    def open_all(cls, configs: Iterable[Config], aws: Aws, *, log_role: str = "") -> list[Self]:
        """Find out what is wanted of several stacks in one account and region.

        Parameters
        ----------
        configs
            The stacks' variables.
        aws
            Makes the calls.
        log_role
            ARN of the role that REST APIs will log with, if the account has none yet.

        Returns
        -------
        list[Session]
            One per config; what they share is read and built once.
        """
        packages = package.build_all()
        zips = {built.sha256_base64: built.data for built in packages.values()}
        return cls._open(configs, aws, packages, zips, log_role)

    @classmethod
    def open_all_without_code(cls, configs: Iterable[Config], aws: Aws) -> list[Self]:
        """Find out what things of several stacks are called."""
        return cls._open(configs, aws, dict.fromkeys(SERVICES, _NoCode()), {})

    @classmethod
    def _open(
        cls,
        configs: Iterable[Config],
        aws: Aws,
        code: Mapping[str, FunctionCode],
        zips: Mapping[str, bytes],
        log_role: str = "",
    ) -> list[Self]:
        identity = aws.sts.caller_identity()
        log_role = aws.gateway.log_role_arn() or log_role
        sites = [(config, _site(config, identity, log_role)) for config in configs]
        return [
            cls(config, aws, site, resources(config, site, code), providers(aws, zips, site))
            for config, site in sites
        ]

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

    def plan_from_nothing(self) -> Plan:
        """Find what must be done where nothing of the stack exists; asks nobody."""
        return plan(self.wanted, {}, stack=self.config.stack_name)

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


def _site(config: Config, identity: Identity, log_role: str) -> Site:
    site = Site(identity.account_id, config.aws_region, identity.partition)
    names = Names(config, site)
    foreign = log_role not in {"", names.role_arn(names.api_log_role)}
    return replace(site, foreign_log_role=foreign)
