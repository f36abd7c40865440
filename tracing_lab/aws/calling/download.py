"""Download what a response of AWS has a URL for."""

import os
from typing import Any

from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies

from tracing_lab.config.loopback import is_near
from tracing_lab.errors import AwsError

_OK = 200


def download(url: str, resource: str) -> bytes:
    """Return the content at a presigned URL, with the environment's proxies and authorities.

    Parameters
    ----------
    url
        Where it is.
    resource
        What it belongs to, for error messages.

    Raises
    ------
    AwsError
        If it cannot be reached or its response is an error.
    """
    proxies = {} if is_near(url) else get_environ_proxies(url)
    authorities: Any = os.environ.get("AWS_CA_BUNDLE") or True  # the stubs know no paths
    session = URLLib3Session(proxies=proxies, verify=authorities)
    try:
        response = session.send(AWSRequest("GET", url).prepare())
    except BotoCoreError as error:
        raise _failure(resource, str(error)) from error
    finally:
        session.close()
    if response.status_code != _OK:
        raise _failure(resource, f"status {response.status_code}")
    content: bytes = response.content
    return content


def _failure(resource: str, reason: str) -> AwsError:
    return AwsError(f"What {resource} has cannot be downloaded: {reason}. Run it again.")
