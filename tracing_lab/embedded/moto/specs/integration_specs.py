"""Reads integrations and authorizers of REST APIs in moto's state into plain specs."""

import re
from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.apigateway.authorizers.identity import REQUEST, TOKEN, split_sources
from tracing_lab.embedded.model import AuthorizerSpec, IntegrationResponseSpec, IntegrationSpec

FUNCTION_IN_URI = re.compile(r"/functions/(?P<arn>arn:[^/]+)/invocations")

DEFAULT_TTL_S = 300


def integration_spec(integration: Any) -> IntegrationSpec:
    """Return the mapping of one of moto's integrations."""
    responses = (integration.integration_responses or {}).items()
    return IntegrationSpec(
        uri=str(integration.uri or ""),
        request_parameters=_texts(integration.request_parameters),
        request_templates=_texts(integration.request_templates),
        passthrough=str(integration.passthrough_behaviour or "WHEN_NO_MATCH").upper(),
        responses=tuple(_response(str(status), response) for status, response in responses),
    )


def authorizer_spec(authorizer: Any) -> AuthorizerSpec | None:
    """Return one of moto's authorizers; None if it is none of Lambda's."""
    if authorizer is None or authorizer.type not in (TOKEN, REQUEST):
        return None
    found = FUNCTION_IN_URI.search(authorizer.authorizer_uri or "")
    ttl_s = authorizer.authorizer_result_ttl
    return AuthorizerSpec(
        id=authorizer.id,
        kind=authorizer.type,
        function_arn=found["arn"] if found else "",
        credentials_arn=authorizer.authorizer_credentials or None,
        identity_sources=split_sources(authorizer.identity_source or ""),
        validation=authorizer.identity_validation_expression or None,
        ttl_s=DEFAULT_TTL_S if ttl_s is None else int(ttl_s),
    )


def _response(status: str, response: Any) -> IntegrationResponseSpec:
    return IntegrationResponseSpec(
        status=status,
        pattern=response.selection_pattern or None,
        parameters=_texts(response.response_parameters),
        templates=_texts(response.response_templates),
    )


def _texts(values: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(name): str(value or "") for name, value in (values or {}).items()}
