"""One look at all stacks of a class: a few listings tell which of them exist at all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tracing_lab.aws import Aws
from tracing_lab.config import Config
from tracing_lab.deploy.session import Session
from tracing_lab.deploy.teardown import names_of
from tracing_lab.stack import Plan

from .plans import LearnerPlan
from .roster import SHARED, configs_of
from .running import Stop, for_each

_LOGGING = frozenset({"api-log-role", "api-account"})


@dataclass(frozen=True)
class Look:
    """The stacks of a class, and what there is in the account.

    Parameters
    ----------
    aws
        Makes the calls.
    shared
        The stack that all learners share: the role that REST APIs log with, an account's only
        one. If it belonged to a learner's stack, that learner's `destroy` would end the logs of
        all others.
    learners
        Learner to stack.
    listed
        Names of everything in the account and region, by the operation that lists them.
    not_listed
        Why some things could not be listed; then every stack has to be looked at.
    """

    aws: Aws
    shared: Session
    learners: Mapping[str, Session]
    listed: Mapping[str, list[str]]
    not_listed: tuple[str, ...] = ()

    def exists(self, session: Session) -> bool:
        """Return whether something of a stack may exist."""
        return bool(self.not_listed) or bool(names_of(session, self.listed))

    def plans(
        self, plan: Callable[[Session], Plan], absent: Callable[[Session], Plan], stop: Stop
    ) -> tuple[LearnerPlan, ...]:
        """Plan each learner's stack.

        Parameters
        ----------
        plan
            Plans for a stack of which something exists.
        absent
            Plans for a stack of which nothing exists.
        stop
            Is set at an interruption.
        """

        def planned(learner: str) -> LearnerPlan:
            session = self.learners[learner]
            exists = self.exists(session)
            return LearnerPlan(learner, session, (plan if exists else absent)(session), exists)

        return tuple(for_each(planned, self.learners, stop=stop))


def look(config: Config, learners: Sequence[str], aws: Aws, *, with_code: bool) -> Look:
    """Look at the stacks of a class; changes nothing.

    Parameters
    ----------
    config
        What all stacks have in common.
    learners
        The learners' names.
    aws
        Makes the calls.
    with_code
        Whether the deployment zips are needed.

    Returns
    -------
    Look
        What was found.

    Raises
    ------
    ConfigError
        If a name cannot be a learner's, or is there twice.
    AwsError
        If AWS cannot be asked.
    PackageError
        If a deployment zip cannot be built.
    """
    configs = configs_of(config, learners)
    shared = Session.open_all_without_code([config.replace(environment=SHARED)], aws)[0]
    shared = replace(shared, wanted=[one for one in shared.wanted if one.logical in _LOGGING])
    if with_code:
        sessions = Session.open_all(configs, aws, log_role=_role_to_be(shared))
    else:
        sessions = Session.open_all_without_code(configs, aws)
    listed, failures = aws.inventory.names()
    by_name = dict(zip(learners, sessions, strict=True))
    return Look(aws, shared, by_name, listed, tuple(failures))


def _role_to_be(shared: Session) -> str:
    """Return the ARN of the log role that the shared stack is about to set, if it is."""
    names = shared.names
    return names.role_arn(names.api_log_role) if shared.wanted else ""
