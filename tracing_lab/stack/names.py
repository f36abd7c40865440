"""Names and ARNs, derived from the config and the account: there is no state file to lose."""

import hashlib
from dataclasses import dataclass

from tracing_lab.config import OWNERSHIP_TAG, Config


@dataclass(frozen=True)
class Site:
    """Where a stack lives.

    Parameters
    ----------
    account_id
        Twelve digits.
    region
        For example ``us-east-1``.
    partition
        ``aws``, ``aws-cn`` or ``aws-us-gov``.
    foreign_log_role
        Whether someone else has set the role that all REST APIs of the account log with.
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
        Where the stack lives.

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
        """Eight digits that tell apart stacks of other accounts and regions."""
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
        """Name a resource of a kind."""
        return f"{self.config.stack_name}-{kind}-{self.suffix}"

    def function(self, service: str) -> str:
        """Name a service's function."""
        return self.name(service)

    def role(self, service: str) -> str:
        """Name a service's role."""
        return self.name(f"{service}-role")

    def rule(self, service: str) -> str:
        """Name the rule that feeds a service."""
        return self.name(f"{service}-rule")

    def log_group(self, service: str) -> str:
        """Name the log group that Lambda writes a service's log to."""
        return f"/aws/lambda/{self.function(service)}"

    def queue(self, service: str) -> str:
        """Name the queue of a service's dead letters."""
        return self.name(f"{service}-dead-letters")

    def alarm(self, kind: str) -> str:
        """Name an alarm, for example of kind ``order-errors``."""
        return self.name(kind)

    @property
    def short(self) -> str:
        """A name of at most 32 characters, for X-Ray's groups and sampling rules."""
        return f"{self.config.stack_name[:23]}-{self.suffix}"

    @property
    def topic(self) -> str:
        """The SNS topic of the alarms."""
        return self.name("alarms")

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
    def bus(self) -> str:
        """The event bus."""
        return self.name("bus")

    @property
    def api(self) -> str:
        """The REST API."""
        return self.name("api")

    @property
    def access_log_group(self) -> str:
        """The log group of the API's access log."""
        return f"/aws/apigateway/{self.api}"

    @property
    def api_log_role(self) -> str:
        """The role that API Gateway logs with, if we have to set one."""
        return self.name("api-log-role")

    def arn(self, service: str, resource: str) -> str:
        """Make the ARN of a regional resource.

        Parameters
        ----------
        service
            The ARN's service, for example ``lambda``.
        resource
            What follows the account.

        Returns
        -------
        str
            The ARN.
        """
        where = f"{self.site.region}:{self.site.account_id}"
        return f"arn:{self.site.partition}:{service}:{where}:{resource}"

    def function_arn(self, service: str) -> str:
        """ARN of a service's function."""
        return self.arn("lambda", f"function:{self.function(service)}")

    def role_arn(self, role: str) -> str:
        """ARN of a role by its name; roles are global."""
        return f"arn:{self.site.partition}:iam::{self.site.account_id}:role/{role}"

    def rule_arn(self, service: str) -> str:
        """ARN of the rule that feeds a service."""
        return self.arn("events", f"rule/{self.bus}/{self.rule(service)}")

    def queue_arn(self, service: str) -> str:
        """ARN of the queue of a service's dead letters."""
        return self.arn("sqs", self.queue(service))

    @property
    def topic_arn(self) -> str:
        """ARN of the SNS topic of the alarms."""
        return self.arn("sns", self.topic)

    def stage_arn(self, api_id: str) -> str:
        """ARN of the API's stage, as tags, web ACLs and sampling rules want it."""
        stage = f"/restapis/{api_id}/stages/{self.config.api_gateway_stage_name}"
        return f"arn:{self.site.partition}:apigateway:{self.site.region}::{stage}"

    @property
    def bus_arn(self) -> str:
        """ARN of the event bus."""
        return self.arn("events", f"event-bus/{self.bus}")

    def log_group_arn(self, group: str) -> str:
        """ARN of a log group, without the ``:*`` that policies add for its streams."""
        return self.arn("logs", f"log-group:{group}")

    def invocation_uri(self, service: str) -> str:
        """URI by which API Gateway invokes a service's function."""
        prefix = f"arn:{self.site.partition}:apigateway:{self.site.region}:lambda:path"
        return f"{prefix}/2015-03-31/functions/{self.function_arn(service)}/invocations"
