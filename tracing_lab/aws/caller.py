"""One way to call AWS: keep to its quotas, retry what passes by itself, translate what does not."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from tracing_lab.errors import AwsError

from .pacing import Pacer
from .retrying import patience_s, waits_s
from .translate import error_from_exception

_LOG = logging.getLogger(__name__)
_PATIENCE_S = 240.0  # for a resource to get ready; half of that is really waited

Json = dict[str, Any]
_T = TypeVar("_T")


class Caller:
    """Makes calls for the services' facades.

    Parameters
    ----------
    client_factory
        Gives the boto3 client of a service.
    endpoint_url
        Where the calls go, for error messages.
    pacer
        Holds calls back so that no quota is exceeded; none are by default.
    sleep
        Waits between attempts, in seconds.
    uniform
        Draws a number between two others, so that attempts do not come in step.
    """

    def __init__(
        self,
        client_factory: Callable[[str], Any],
        *,
        endpoint_url: str | None = None,
        pacer: Pacer | None = None,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._client = client_factory
        self._endpoint_url = endpoint_url
        self._pacer = pacer or Pacer()
        self._sleep = sleep
        self._uniform = uniform

    def call(self, operation: str, resource: str, /, **params: Any) -> Json:
        """Make one call, repeated while its failure is of a kind that passes.

        Parameters
        ----------
        operation
            Service and operation, for example ``lambda:CreateFunction``.
        resource
            What it is about, for error messages.
        **params
            The operation's parameters.

        Returns
        -------
        dict[str, Any]
            AWS's answer.

        Raises
        ------
        AwsError
            If the call failed for good, or its outcome is unknown and repeating it could do the
            same thing twice.
        """

        def once(client: Any, name: str) -> Json:
            answer: Json = getattr(client, name)(**params)
            return answer

        return self._persist(operation, resource, once)

    def wait_until(
        self, operation: str, resource: str, ready: Callable[[Json], bool], /, **params: Any
    ) -> None:
        """Repeat a reading call until its answer is as wished, for about two minutes.

        Parameters
        ----------
        operation
            Service and operation.
        resource
            What it is about, for error messages.
        ready
            Tells whether an answer is as wished.
        **params
            The operation's parameters.

        Raises
        ------
        AwsError
            If a call failed for good or the answer never was as wished.
        """
        for wait_s in self._waits_s(_PATIENCE_S):
            if ready(self.call(operation, resource, **params)):
                return
            self._sleep(wait_s)
        msg = f"{operation} on {resource}: still not ready. Run apply again to continue."
        raise AwsError(msg, operation=operation)

    def pages(self, operation: str, resource: str, key: str, /, **params: Any) -> list[Any]:
        """Collect one list over all pages of an operation.

        Parameters
        ----------
        operation
            Service and operation, for example ``events:ListRules``.
        resource
            What it is about, for error messages.
        key
            The member of each page to collect.
        **params
            The operation's parameters.

        Returns
        -------
        list[Any]
            The items of all pages in order.

        Raises
        ------
        AwsError
            If a call failed for good.
        """
        return [
            item for page in self.all_pages(operation, resource, **params) for item in page[key]
        ]

    def all_pages(self, operation: str, resource: str, /, **params: Any) -> list[Json]:
        """Collect all pages of an operation.

        Parameters
        ----------
        operation
            Service and operation.
        resource
            What it is about, for error messages.
        **params
            The operation's parameters.

        Returns
        -------
        list[dict[str, Any]]
            The pages in order.

        Raises
        ------
        AwsError
            If a call failed for good.
        """

        def once(client: Any, name: str) -> list[Json]:
            return list(client.get_paginator(name).paginate(**params))

        return self._persist(operation, resource, once)

    def _persist(self, operation: str, resource: str, once: Callable[[Any, str], _T]) -> _T:
        """Try until it works or the patience for the failure at hand is used up."""
        waits: dict[float, Iterator[float]] = {}
        lost = False  # an earlier attempt may have done it, and then a refusal says little
        while True:
            try:
                return self._try(operation, resource, once)
            except AwsError as error:
                patience = patience_s(error)
                lost = error.outcome_unknown = error.outcome_unknown or lost
                wait_s = next(waits.setdefault(patience, self._waits_s(patience)), None)
                if wait_s is None:
                    raise
                _LOG.info("%s on %s: again in %.2f s: %s", operation, resource, wait_s, error)
            self._sleep(wait_s)

    def _try(self, operation: str, resource: str, once: Callable[[Any, str], _T]) -> _T:
        service, _, name = operation.partition(":")
        self._pacer.wait(operation)
        try:
            return once(self._client(service), xform_name(name))
        except (BotoCoreError, ClientError, ResponseParserError) as exception:
            raise error_from_exception(
                exception, operation=operation, resource=resource, endpoint_url=self._endpoint_url
            ) from exception

    def _waits_s(self, patience_s: float) -> Iterator[float]:
        return waits_s(patience_s, uniform=self._uniform)
