"""Read the deployed functions of a stack; reject a function without the stack's tag."""

from dataclasses import dataclass
from typing import Any

from tracing_lab.aws import Aws
from tracing_lab.config import OWNERSHIP_TAG, Config
from tracing_lab.errors import DeployError
from tracing_lab.stack import Names, Site


@dataclass(frozen=True)
class OwnFunctions:
    """Reads the functions of one stack."""

    aws: Aws
    names: Names

    @classmethod
    def of(cls, config: Config, aws: Aws) -> "OwnFunctions":
        """Return the functions of a config's stack, in the account of `aws`."""
        identity = aws.sts.caller_identity()
        site = Site(identity.account_id, config.aws_region, identity.partition)
        return cls(aws, Names(config, site))

    def read(self, service: str) -> dict[str, Any]:
        """Return GetFunction's response about a service's function.

        Returns
        -------
        dict
            ``Configuration``, ``Code`` and ``Tags``.

        Raises
        ------
        NotFoundError
            If there is no such function: the stack is not deployed.
        DeployError
            If the function does not carry the stack's tag.
        """
        name = self.names.function(service)
        response = self.aws.lambda_.get_function(name)
        stack = self.names.config.stack_name
        if response.get("Tags", {}).get(OWNERSHIP_TAG) != stack:
            msg = f"{name} does not carry the tag of {stack}, so it is not touched. Run plan."
            raise DeployError(msg)
        return response
