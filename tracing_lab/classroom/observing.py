"""Observe all stacks of a class; a few listings show which of them exist."""

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
class ClassObservation:
    """The stacks of a class, and the resources of the account.

    Parameters
    ----------
    aws
        The AWS clients.
    shared
        The stack that all learners share: the account's role for API logs. If it belonged to a
        learner's stack, that learner's `destroy` would end the logs of all others.
    learners
        Stacks by learner.
    listed
        Names of the resources in the account and region, by the operation that lists them.
    not_listed
        Why some resources could not be listed; then every stack has to be observed.
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
        """Return a plan for each learner's stack.

        Parameters
        ----------
        plan
            Returns the plan for a stack of which something exists.
        absent
            Returns the plan for a stack of which nothing exists.
        stop
            Set on an interruption.
        """

        def planned(learner: str) -> LearnerPlan:
            session = self.learners[learner]
            exists = self.exists(session)
            return LearnerPlan(learner, session, (plan if exists else absent)(session), exists)

        return tuple(for_each(planned, self.learners, stop=stop))


def observe_class(
    config: Config, learners: Sequence[str], aws: Aws, *, with_code: bool
) -> ClassObservation:
    """Observe the stacks of a class.

    Parameters
    ----------
    config
        The settings that all stacks share.
    learners
        The learners' names.
    aws
        The AWS clients.
    with_code
        Whether the deployment zips are needed.

    Raises
    ------
    ConfigError
        If a name is invalid or a duplicate.
    AwsError
        If AWS cannot be reached.
    PackageError
        If a deployment zip cannot be built.
    """
    configs = configs_of(config, learners)
    shared = Session.open_all_without_code([config.replace(environment=SHARED)], aws)[0]
    shared = replace(
        shared, wanted=[resource for resource in shared.wanted if resource.logical in _LOGGING]
    )
    if with_code:
        sessions = Session.open_all(configs, aws, log_role=_planned_log_role(shared))
    else:
        sessions = Session.open_all_without_code(configs, aws)
    listed, failures = aws.inventory.names()
    by_name = dict(zip(learners, sessions, strict=True))
    return ClassObservation(aws, shared, by_name, listed, tuple(failures))


def _planned_log_role(shared: Session) -> str:
    """Return the ARN of the log role that the shared stack will set; empty if none."""
    names = shared.names
    return names.api_log_role_arn if shared.wanted else ""
