"""AWS STS: the identity behind the credentials."""

from dataclasses import dataclass

from tracing_lab.arns import parse_arn

from .calling.caller import ServiceFacade


@dataclass(frozen=True)
class Identity:
    """The account behind the credentials.

    Parameters
    ----------
    account_id
        Twelve digits.
    partition
        ``aws``, ``aws-cn`` or ``aws-us-gov``: the second part of every ARN.
    """

    account_id: str
    partition: str


class Sts(ServiceFacade):
    """The calls to AWS STS."""

    def caller_identity(self) -> Identity:
        """Return the identity behind the credentials."""
        answer = self._call("sts:GetCallerIdentity", "the caller")
        return Identity(account_id=answer["Account"], partition=parse_arn(answer["Arn"]).partition)
