"""Parse a REST API's resource policy as API Gateway returns it."""

import json
import re
from typing import Any


def policy_of(text: str | None, api_id: str) -> dict[str, Any]:
    r"""Return an API's resource policy in the form in which it was set.

    API Gateway returns it with the quotes escaped once more than in JSON, and with the API's ARN
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
