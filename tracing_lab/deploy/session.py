"""One observation of a stack: its site, the wanted resources, and their providers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from tracing_lab import package
from tracing_lab.aws import Aws, Identity
from tracing_lab.config import Config
from tracing_lab.package import StackCode
from tracing_lab.stack import (
    NO_CODE,
    Names,
    Observed,
    Plan,
    Resource,
    Site,
    plan,
    resources,
    retired,
)
from tracing_lab.stack.outputs import Outputs, outputs_from_names

from .observe import observe
from .providers import Provider, providers


@dataclass(frozen=True)
class Session:
    """One observation of a stack."""

    config: Config
    aws: Aws
    site: Site
    wanted: list[Resource]
    providers: Mapping[str, Provider]

    @classmethod
    def open(cls, config: Config, aws: Aws | None) -> Self:
        """Return a session with the wanted resources; build the deployment zips."""
        return cls.open_all([config], aws or Aws(config))[0]

    @classmethod
    def open_without_code(cls, config: Config, aws: Aws | None) -> Self:
        """Return a session with names only, which is all that outputs and deletions need."""
        return cls.open_all_without_code([config], aws or Aws(config))[0]

    @classmethod
    def open_all(cls, configs: Iterable[Config], aws: Aws, *, log_role: str = "") -> list[Self]:
        """Return the sessions of several stacks in one account and region.

        Parameters
        ----------
        configs
            The stacks' variables.
        aws
            The AWS clients.
        log_role
            ARN of the role for API logs that will be set, if the account has none yet.

        Returns
        -------
        list[Session]
            A session for each config; what they share is read and built once.
        """
        return cls._open(_with_code(configs), aws, log_role)

    @classmethod
    def open_all_without_code(cls, configs: Iterable[Config], aws: Aws) -> list[Self]:
        """Return the sessions of several stacks with names only."""
        return cls._open([(config, None) for config in configs], aws)

    @classmethod
    def _open(
        cls, stacks: Iterable[tuple[Config, StackCode | None]], aws: Aws, log_role: str = ""
    ) -> list[Self]:
        identity = aws.sts.caller_identity()
        log_role = aws.gateway.existing_log_role_arn() or log_role
        return [
            cls._of(config, aws, _site(config, identity, log_role), code) for config, code in stacks
        ]

    @classmethod
    def _of(cls, config: Config, aws: Aws, site: Site, code: StackCode | None) -> Self:
        if code is None:
            return cls(
                config, aws, site, resources(config, site, NO_CODE), providers(aws, {}, site)
            )
        wanted = resources(config, site, code.functions, layer_sha256=code.layer_sha256)
        return cls(config, aws, site, wanted, providers(aws, code.zips, site))

    @property
    def names(self) -> Names:
        """The names of the stack's resources."""
        return Names(self.config, self.site)

    @property
    def everything(self) -> list[Resource]:
        """All resources that the stack has with any settings."""
        return [*self.wanted, *retired(self.config, self.site)]

    def plan(self, *, adopt: bool = False) -> Plan:
        """Return the plan after which exactly the wanted resources exist."""
        observed = observe(self.everything, self.providers)
        return plan(self.wanted, observed, stack=self.config.stack_name, adopt=adopt)

    def plan_from_nothing(self) -> Plan:
        """Return the plan for a stack of which nothing exists, without a call."""
        return plan(self.wanted, {}, stack=self.config.stack_name)

    def plan_removal(self, resources: list[Resource]) -> Plan:
        """Return the plan that deletes some resources."""
        observed = observe(resources, self.providers)
        return plan([], observed, stack=self.config.stack_name)

    def observe(self, logical: str) -> Observed | None:
        """Return one resource as it exists."""
        looked_for = [resource for resource in self.wanted if resource.logical == logical]
        return observe(looked_for, self.providers).get(logical)

    def outputs(self, api_id: str) -> Outputs:
        """Return the stack's outputs."""
        key = self.observe("api-key")
        return outputs_from_names(
            self.names,
            api_id=api_id,
            endpoint_url=self.aws.endpoint_url,
            api_key=key.outputs["Value"] if key is not None and key.owned else None,
        )


def _with_code(configs: Iterable[Config]) -> list[tuple[Config, StackCode]]:
    """Return configs with their zips, which are built once for all that need the same."""
    built: dict[tuple[str, bool], StackCode] = {}
    found = []
    for config in configs:
        key = config.tracer, config.has_own_layer
        if key not in built:
            built[key] = package.stack_code(config)
        found.append((config, built[key]))
    return found


def _site(config: Config, identity: Identity, log_role: str) -> Site:
    site = Site(identity.account_id, config.aws_region, identity.partition)
    names = Names(config, site)
    foreign = log_role not in {"", names.api_log_role_arn}
    return replace(site, foreign_log_role=foreign)
