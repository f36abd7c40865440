"""Tags of CloudWatch dashboards, which moto does not keep.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.http import HttpRequest, HttpResponse

from .moto_app import backend

_TARGET_PREFIX = "GraniteServiceVersion20100801."
_OPERATIONS = frozenset({"PutDashboard", "DeleteDashboards", "TagResource", "UntagResource"})

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_dashboards(request: HttpRequest) -> bool:
    """Tell whether a call may change the tags of a dashboard."""
    operation = _operation(request)
    return operation in _OPERATIONS and ("Dashboard" in operation or b":dashboard/" in request.body)


def answer_dashboards(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer PutDashboard, DeleteDashboards, or the tagging of a dashboard.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    body, operation = json.loads(request.body), _operation(request)
    cloudwatch = backend("cloudwatch", region)
    dashboards = {one.arn: one for one in cloudwatch.dashboards.values()}
    if operation in {"TagResource", "UntagResource"} and body["ResourceARN"] in dashboards:
        return _tag(cloudwatch.tagger, body)
    response = answer(request)
    if response.status < 400:  # noqa: PLR2004 - an error
        for one in cloudwatch.dashboards.values():
            if one.arn not in dashboards:  # tags of a changed one stay as they are
                cloudwatch.tagger.tag_resource(one.arn, body.get("Tags", []))
        for arn in set(dashboards) - {one.arn for one in cloudwatch.dashboards.values()}:
            cloudwatch.tagger.delete_all_tags_for_resource(arn)
    return response


def _tag(tagger: Any, body: Mapping[str, Any]) -> HttpResponse:
    if "Tags" in body:
        tagger.tag_resource(body["ResourceARN"], body["Tags"])
    else:
        tagger.untag_resource_using_names(body["ResourceARN"], body["TagKeys"])
    return HttpResponse(200, (("Content-Type", "application/x-amz-json-1.0"),), b"{}")


def _operation(request: HttpRequest) -> str:
    return (request.header("X-Amz-Target") or "").removeprefix(_TARGET_PREFIX)
