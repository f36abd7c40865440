"""One way to call AWS: retry what passes by itself, translate what does not."""

import logging
import time
from collections.abc import Callable
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from tracing_lab.errors import AwsError

from .translate import error_from_exception, is_transient

_LOG = logging.getLogger(__name__)
# Seconds before each further attempt. A new IAM role can take about ten seconds to be usable;
# together these waits are bounded at about a minute.
_WAITS_S = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 15.0, 20.0)

Json = dict[str, Any]


class Caller:
    """Makes calls for the services' facades.

    Parameters
    ----------
    client_factory
        Gives the boto3 client of a service.
    endpoint_url
        Where the calls go, for error messages.
    sleep
        Waits between retries, in seconds.
    """

    def __init__(
        self,
        client_factory: Callable[[str], Any],
        *,
        endpoint_url: str | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client_factory
        self._endpoint_url = endpoint_url
        self._sleep = sleep

    def call(self, operation: str, resource: str, /, **params: Any) -> Json:
        """Make one call, retried while its failure is of the kind that passes.

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
            If the call failed for good.
        """
        for wait_s in _WAITS_S:
            try:
                return self._once(operation, resource, params)
            except AwsError as error:
                if not is_transient(error):
                    raise
                _LOG.info("%s on %s: waiting %s s: %s", operation, resource, wait_s, error)
            self._sleep(wait_s)
        return self._once(operation, resource, params)

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
        for wait_s in (*_WAITS_S, 30.0, 30.0):
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
        service, _, name = operation.partition(":")
        try:
            paginator = self._client(service).get_paginator(xform_name(name))
            return list(paginator.paginate(**params))
        except (BotoCoreError, ClientError) as exception:
            raise self._translated(exception, operation, resource) from exception

    def _once(self, operation: str, resource: str, params: Json) -> Json:
        service, _, name = operation.partition(":")
        try:
            method = getattr(self._client(service), xform_name(name))
            answer: Json = method(**params)
        except (BotoCoreError, ClientError) as exception:
            raise self._translated(exception, operation, resource) from exception
        return answer

    def _translated(self, exception: Exception, operation: str, resource: str) -> AwsError:
        return error_from_exception(
            exception, operation=operation, resource=resource, endpoint_url=self._endpoint_url
        )
