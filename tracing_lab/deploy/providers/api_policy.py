"""A REST API's resource policy as API Gateway tells it, in the form in which it was given."""

import json
import re
from typing import Any


def policy_of(text: str | None, api_id: str) -> dict[str, Any]:
    r"""Read an API's resource policy.

    API Gateway gives it with the quotes escaped once more than JSON wants, and with the API's ARN
    where ``execute-api:/`` was written.

    Parameters
    ----------
    text
        The member ``policy`` of GetRestApi.
    api_id
        The API.

    Returns
    -------
    dict[str, Any]
        The policy; empty if there is none.

    Examples
    --------
    >>> arn = "arn:aws:execute-api:us-east-1:123456789012:abc"
    >>> policy_of(r'{\"Resource\": \"' + arn + r'/*\"}', "abc")
    {'Resource': 'execute-api:/*'}
    >>> policy_of(None, "abc")
    {}
    """
    if not text:
        return {}
    plain = text if not text.startswith('{\\"') else json.loads(f'"{text}"')
    own_arn = rf"arn:[^:\"]+:execute-api:[^:\"]*:[^:\"]*:{re.escape(api_id)}/"
    policy: dict[str, Any] = json.loads(re.sub(own_arn, "execute-api:/", plain))
    return policy
