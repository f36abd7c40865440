"""Names and ARNs, derived from the config and the account: no state file is needed."""

import hashlib
from dataclasses import dataclass

from tracing_lab.config import OWNERSHIP_TAG, Config

from .references import Attribute, Location, LocationKind, Part, Text


@dataclass(frozen=True)
class Site:
    """The account and region of a stack.

    Parameters
    ----------
    account_id
        Twelve digits.
    region
        For example ``us-east-1``.
    partition
        ``aws``, ``aws-cn`` or ``aws-us-gov``.
    foreign_log_role
        Whether the account's role for API logs is set and not the stack's.
    """

    account_id: str
    region: str
    partition: str = "aws"
    foreign_log_role: bool = False


@dataclass(frozen=True)
class Names:
    """The physical names and ARNs of a stack's resources.

    Parameters
    ----------
    config
        The stack's variables.
    site
        The stack's account and region.

    Examples
    --------
    >>> from tracing_lab.config import Config
    >>> config = Config(project_name="shop", environment="dev")
    >>> Names(config, Site("123456789012", "us-east-1")).function("order")
    'shop-dev-order-0de6b2b1'
    """

    config: Config
    site: Site

    @property
    def suffix(self) -> str:
        """Eight hex digits that distinguish the stacks of accounts and regions."""
        parts = (
            self.site.account_id,
            self.site.region,
            self.config.project_name,
            self.config.environment,
        )
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:8]

    @property
    def tags(self) -> dict[str, str]:
        """The user's tags and the ownership tag."""
        return {**self.config.tags, OWNERSHIP_TAG: self.config.stack_name}

    def name(self, kind: str) -> str:
        """Return the name of a resource of a kind."""
        return f"{self.config.stack_name}-{kind}-{self.suffix}"

    def function(self, service: str) -> Text:
        """Return the name of a service's function."""
        return _named(f"{service}-function", self.name(service))

    def role(self, service: str) -> Text:
        """Return the name of a service's role."""
        return _named(f"{service}-role", self.name(f"{service}-role"))

    def rule(self, service: str) -> Text:
        """Return the name of the rule that routes events to a service."""
        return _named(f"{service}-rule", self.name(f"{service}-rule"))

    def log_group(self, service: str) -> Text:
        """Return the name of a service's log group."""
        return _named(f"{service}-log-group", f"/aws/lambda/{self.function(service)}")

    def queue(self, service: str) -> Text:
        """Return the name of a service's dead-letter queue."""
        return _named(f"{service}-dead-letters", self.name(f"{service}-dead-letters"))

    def alarm(self, kind: str) -> str:
        """Return the name of an alarm, for example of kind ``order-errors``."""
        return self.name(kind)

    @property
    def short(self) -> str:
        """A name of at most 32 characters, for X-Ray's groups and sampling rules."""
        return f"{self.config.stack_name[:23]}-{self.suffix}"

    @property
    def topic(self) -> Text:
        """The SNS topic of the alarms."""
        return _named("alarm-topic", self.name("alarms"))

    @property
    def layer(self) -> str:
        """The layer with OpenTelemetry."""
        return self.name("otel-layer")

    @property
    def dashboard(self) -> str:
        """The CloudWatch dashboard."""
        return self.name("dashboard")

    @property
    def api_key(self) -> str:
        """The API key."""
        return self.name("api-key")

    @property
    def usage_plan(self) -> str:
        """The usage plan of the API key."""
        return self.name("usage-plan")

    @property
    def bus(self) -> Text:
        """The event bus."""
        return _named("bus", self.name("bus"))

    @property
    def api(self) -> str:
        """The REST API."""
        return self.name("api")

    @property
    def access_log_group(self) -> Text:
        """The log group of the API's access log."""
        return _named("access-log-group", f"/aws/apigateway/{self.api}")

    @property
    def api_log_role(self) -> Text:
        """The role for API logs, if the stack sets one."""
        return _named("api-log-role", self.name("api-log-role"))

    def arn(self, service: str, *resource: Part) -> Text:
        """Return the ARN of a regional resource.

        Parameters
        ----------
        service
            The ARN's service, for example ``lambda``.
        *resource
            What follows the account, in parts.
        """
        return self._arn(service, self._region, ":", self._account, ":", *resource)

    def function_arn(self, service: str) -> Text:
        """Return the ARN of a service's function."""
        name = self.function(service)
        return _arn_of(f"{service}-function", self.arn("lambda", "function:", name))

    def role_arn(self, service: str) -> Text:
        """Return the ARN of a service's role; roles are global."""
        return self._role_arn(f"{service}-role", self.role(service))

    @property
    def api_log_role_arn(self) -> Text:
        """ARN of the role for API logs, if the stack sets one."""
        return self._role_arn("api-log-role", self.api_log_role)

    def rule_arn(self, service: str) -> Text:
        """Return the ARN of the rule that routes events to a service."""
        arn = self.arn("events", "rule/", self.bus, "/", self.rule(service))
        return _arn_of(f"{service}-rule", arn)

    def queue_arn(self, service: str) -> Text:
        """Return the ARN of a service's dead-letter queue."""
        return _arn_of(f"{service}-dead-letters", self.arn("sqs", self.queue(service)))

    @property
    def topic_arn(self) -> Text:
        """ARN of the SNS topic of the alarms."""
        return _arn_of("alarm-topic", self.arn("sns", self.topic))

    def stage_arn(self, api_id: str) -> Text:
        """Return the ARN of the API's stage, as tags, web ACLs and sampling rules expect it."""
        stage = f"/stages/{self.config.api_gateway_stage_name}"
        return self._arn("apigateway", self._region, "::/restapis/", api_id, stage)

    @property
    def bus_arn(self) -> Text:
        """ARN of the event bus."""
        return _arn_of("bus", self.arn("events", "event-bus/", self.bus))

    def log_group_arn(self, service: str) -> Text:
        """Return the ARN of a service's log group, without the ``:*`` of its streams."""
        return self._log_group_arn(f"{service}-log-group", self.log_group(service))

    @property
    def access_log_group_arn(self) -> Text:
        """ARN of the log group of the API's access log."""
        return self._log_group_arn("access-log-group", self.access_log_group)

    def invocation_uri(self, service: str) -> Text:
        """Return the URI by which API Gateway invokes a service's function."""
        action = (":lambda:path/2015-03-31/functions/", self.function_arn(service), "/invocations")
        return self._arn("apigateway", self._region, *action)

    @property
    def _region(self) -> Location:
        return Location(LocationKind.REGION, self.site.region)

    @property
    def _account(self) -> Location:
        return Location(LocationKind.ACCOUNT, self.site.account_id)

    def _arn(self, service: str, *rest: Part) -> Text:
        return Text(
            "arn:", Location(LocationKind.PARTITION, self.site.partition), f":{service}:", *rest
        )

    def _role_arn(self, logical: str, name: Text) -> Text:
        return _arn_of(logical, self._arn("iam", ":", self._account, ":role/", name))

    def _log_group_arn(self, logical: str, name: Text) -> Text:
        return _arn_of(logical, self.arn("logs", "log-group:", name))


def _named(logical: str, name: str) -> Text:
    return Text(Attribute(logical, "Name", name))


def _arn_of(logical: str, arn: Text) -> Text:
    return Text(Attribute(logical, "Arn", arn))
