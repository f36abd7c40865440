"""AWS STS: whose credentials these are."""

from dataclasses import dataclass

from .caller import Caller


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


class Sts:
    """The calls to AWS STS."""

    def __init__(self, caller: Caller) -> None:
        self._call = caller.call

    def caller_identity(self) -> Identity:
        """Say whose credentials these are."""
        answer = self._call("sts:GetCallerIdentity", "the caller")
        return Identity(account_id=answer["Account"], partition=answer["Arn"].split(":")[1])
