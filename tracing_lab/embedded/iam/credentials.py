"""The access keys of role sessions: those of functions, and those that STS issued."""

import base64
import secrets
import threading
from collections.abc import Callable
from typing import NamedTuple

from tracing_lab.arns import Arn, parse_arn
from tracing_lab.embedded.model import FunctionSpec

SESSION_KEY_PREFIX = "ASIA"
"""The prefix of access keys of temporary credentials, such as those of functions."""

FUNCTION_KEY_PREFIX = SESSION_KEY_PREFIX + "LAMBDA"
"""The prefix of functions' keys, so that a revoked one is not mistaken for a user's."""

AssumedRole = Callable[[str], tuple[str, str, float] | None]
"""Returns role, session name and end, in epoch seconds, of the session of a key that STS issued;
None for other keys."""


class InvalidKeyError(Exception):
    """An access key is not valid, or not for its caller; the message is AWS's."""

    def __init__(self) -> None:
        super().__init__("The security token included in the request is invalid.")


class Principal(NamedTuple):
    """The session of a role; a function's session is named after it."""

    role_arn: str
    session_name: str
    is_function: bool = True  # else the session of an assumed role

    @property
    def arn(self) -> str:
        """The session's ARN in AWS's messages."""
        role = parse_arn(self.role_arn)
        session = f"assumed-role/{role.name}/{self.session_name}"
        return str(Arn("sts", "", role.account_id, session, role.partition))

    @property
    def account_id(self) -> str:
        """The account of the role."""
        return parse_arn(self.role_arn).account_id

    @property
    def account_arn(self) -> str:
        """The account's ARN in policies."""
        return str(Arn("iam", "", self.account_id, "root"))


class SessionKeys:
    """The keys of sessions. Thread-safe.

    Parameters
    ----------
    assumed_role
        Returns the session of a key that STS issued.
    clock
        Epoch seconds.
    """

    def __init__(self, assumed_role: AssumedRole, clock: Callable[[], float]) -> None:
        self._assumed_role = assumed_role
        self._clock = clock
        self._lock = threading.Lock()
        self._principals: dict[str, Principal] = {}  # of the current environments
        self._assumed: dict[str, tuple[Principal, float]] = {}

    def issue(self, function: FunctionSpec) -> dict[str, str]:
        """Return new credentials for an environment, as variables; end them with `revoke`."""
        access_key = FUNCTION_KEY_PREFIX + base64.b32encode(secrets.token_bytes(10)).decode()[:10]
        with self._lock:
            self._principals[access_key] = Principal(function.role_arn, function.name)
        return {
            "AWS_ACCESS_KEY_ID": access_key,
            "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
            "AWS_SESSION_TOKEN": secrets.token_urlsafe(60),
        }

    def revoke(self, access_key: str) -> None:
        """End an environment's credentials."""
        with self._lock:
            self._principals.pop(access_key, None)

    def principal(self, access_key: str) -> Principal | None:
        """Return the session that a key belongs to; None for a key that is the user's own.

        Raises
        ------
        InvalidKeyError
            It is of an environment that has ended, or its case differs from the issued one.
        """
        upper = access_key.upper()
        if not upper.startswith(SESSION_KEY_PREFIX):
            return None
        found = self._principals.get(access_key) or self._session(access_key)
        if found is not None:
            return found
        if upper.startswith(FUNCTION_KEY_PREFIX) or self._session(upper) is not None:
            raise InvalidKeyError
        return None

    def _session(self, access_key: str) -> Principal | None:
        """Return the session of a key that STS issued.

        Raises
        ------
        InvalidKeyError
            It has expired.
        """
        if access_key not in self._assumed:
            found = self._assumed_role(access_key)
            if found is None:
                return None
            self._assumed[access_key] = (Principal(*found[:2], is_function=False), found[2])
        principal, end_s = self._assumed[access_key]
        if end_s <= self._clock():
            raise InvalidKeyError
        return principal
