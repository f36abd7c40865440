"""Call AWS: keep to its quotas, retry transient errors, translate all others."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from tracing_lab.errors import AwsError, NotFoundError

from .pacing import Pacer
from .paging import next_page
from .retrying import retry_budget_s, waits_s
from .translate import error_from_exception

_LOG = logging.getLogger(__name__)
_READY_BUDGET_S = 240.0  # for a resource to become ready; on average half of that is waited
_GONE_S = 60.0  # for a deleted resource to vanish; SQS needs the longest

Json = dict[str, Any]


class Caller:
    """Makes the calls of the services' facades.

    Parameters
    ----------
    client_factory
        Returns the boto3 client of a service.
    endpoint_url
        Where the calls go, for error messages.
    pacer
        Delays calls so that no quota is exceeded; delays none by default.
    sleep
        Waits between attempts, in seconds.
    uniform
        Returns a random number between two others, so that clients do not retry in step.
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
        """Make one call; retry it after transient errors.

        Parameters
        ----------
        operation
            Service and operation, for example ``lambda:CreateFunction``.
        resource
            What it is about, for error messages.
        **params
            The operation's parameters.

        Raises
        ------
        AwsError
            If the call failed permanently, or its outcome is unknown and the operation is not
            idempotent.
        """

        def attempt(client: Any, name: str) -> Json:
            response: Json = getattr(client, name)(**params)
            return response

        return self._retry(operation, resource, attempt)

    def wait_until(
        self, operation: str, resource: str, ready: Callable[[Json], bool], /, **params: Any
    ) -> Json:
        """Repeat a read-only call until its response is as wanted, for about two minutes.

        Parameters
        ----------
        operation
            Service and operation.
        resource
            What it is about, for error messages.
        ready
            Returns whether a response is as wanted.
        **params
            The operation's parameters.

        Returns
        -------
        dict
            The response that was as wanted.

        Raises
        ------
        AwsError
            If a call failed permanently, or no response was as wanted.
        """
        for wait_s in self._waits_s(_READY_BUDGET_S):
            if ready(answer := self.call(operation, resource, **params)):
                return answer
            self._sleep(wait_s)
        msg = f"{operation} on {resource}: still not ready. Run apply again to continue."
        raise AwsError(msg, operation=operation)

    def wait_until_gone(self, operation: str, resource: str, /, **params: Any) -> None:
        """Repeat a read-only call until it finds nothing, or for about a minute.

        A resource that is still found then is deleted nevertheless: AWS has confirmed that.

        Parameters
        ----------
        operation
            Service and operation.
        resource
            What was deleted, for error messages.
        **params
            The operation's parameters.

        Raises
        ------
        AwsError
            If a call failed permanently for another reason.
        """
        for wait_s in waits_s(_GONE_S, uniform=max):
            try:
                self.call(operation, resource, **params)
            except NotFoundError:
                return
            self._sleep(wait_s)

    def pages(self, operation: str, resource: str, key: str, /, **params: Any) -> list[Any]:
        """Return the items of one list from all pages of an operation.

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
            If a call failed permanently.
        """
        return [
            item for page in self.each_page(operation, resource, **params) for item in page[key]
        ]

    def each_page(self, operation: str, resource: str, /, **params: Any) -> Iterator[Json]:
        """Yield the pages of an operation.

        Each page is a call of its own: it waits for the quota, and a transient error repeats one
        page and not all.

        Parameters
        ----------
        operation
            Service and operation.
        resource
            What it is about, for error messages.
        **params
            The operation's parameters.

        Yields
        ------
        dict
            The response with a page.

        Raises
        ------
        AwsError
            If a call failed permanently, or a page refers to itself as the next one.
        """
        following: Json = {}
        while True:
            page = self.call(operation, resource, **(params | following))
            yield page
            before, following = following, next_page(page)
            if not following:
                return
            if following == before:
                msg = f"{operation} on {resource}: the pages do not end. Run it again."
                raise AwsError(msg, operation=operation)

    def _retry(self, operation: str, resource: str, attempt: Callable[[Any, str], Json]) -> Json:
        """Retry a call until it succeeds or the retry budget of its error is used up."""
        waits: dict[float, Iterator[float]] = {}
        lost = False  # an earlier attempt may have succeeded; a later error then proves little
        while True:
            try:
                return self._try(operation, resource, attempt)
            except AwsError as error:
                budget_s = retry_budget_s(error)
                lost = error.outcome_unknown = error.outcome_unknown or lost
                wait_s = next(waits.setdefault(budget_s, self._waits_s(budget_s)), None)
                if wait_s is None:
                    raise
                _LOG.info("%s on %s: again in %.2f s: %s", operation, resource, wait_s, error)
            self._sleep(wait_s)

    def _try(self, operation: str, resource: str, attempt: Callable[[Any, str], Json]) -> Json:
        service, _, name = operation.partition(":")
        with self._pacer.paced(operation):
            try:
                return attempt(self._client(service), xform_name(name))
            except (BotoCoreError, ClientError, ResponseParserError) as exception:
                raise error_from_exception(
                    exception,
                    operation=operation,
                    resource=resource,
                    endpoint_url=self._endpoint_url,
                ) from exception

    def _waits_s(self, budget_s: float) -> Iterator[float]:
        return waits_s(budget_s, uniform=self._uniform)


class ServiceFacade:
    """The calls to one AWS service.

    Parameters
    ----------
    caller
        Makes them.
    """

    def __init__(self, caller: Caller) -> None:
        self._call, self._wait_until = caller.call, caller.wait_until
        self._wait_until_gone = caller.wait_until_gone
        self._pages, self._each_page = caller.pages, caller.each_page
