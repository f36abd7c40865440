"""Calls of the control plane that moto answers wrongly or not at all.

Each works on moto's own state, so that moto's answers show it afterwards. What moto learns to do
is deleted here.
"""

from collections.abc import Callable

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.queues.dead_letters import (
    answer_redrive,
    concerns_redrive,
)

from .api_account import answer_account, concerns_account
from .api_media_types import answer_media_types, concerns_media_types
from .api_policies import refuse_api_policy
from .api_tags import answer_tags, concerns_tags
from .dashboards import answer_dashboards, concerns_dashboards
from .events import answer_events, operation_of
from .functions import answer_functions, concerns_functions
from .logs import answer_logs, concerns_logs
from .metric_periods import with_whole_minutes
from .stages import answer_deployments, concerns_deployments
from .usage_plans import answer_rates, concerns_rates
from .waf import answer_web_acls, concerns_web_acls

Answer = Callable[[HttpRequest], HttpResponse]

_CORRECTED = (
    (concerns_account, answer_account),
    (lambda request: operation_of(request) is not None, answer_events),
    (concerns_media_types, answer_media_types),
    (concerns_functions, answer_functions),
    (concerns_logs, answer_logs),
    (concerns_redrive, answer_redrive),
    (concerns_dashboards, answer_dashboards),
    (concerns_deployments, answer_deployments),
    (concerns_rates, answer_rates),
    (concerns_web_acls, answer_web_acls),
)
"""Where we change what goes to moto or comes from it."""


def with_overrides(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer a call, with our own part where moto has none.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    refused = refuse_api_policy(request)
    if refused is not None:
        return refused
    if concerns_tags(request):
        return answer_tags(request)
    for concerns, corrected in _CORRECTED:
        if concerns(request):
            return corrected(answer, request, region=region)
    return answer(with_whole_minutes(request))
