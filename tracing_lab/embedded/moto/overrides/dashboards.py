"""Tags of CloudWatch dashboards, which moto does not keep, and of deleted alarms, which it does.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend

_TARGET_PREFIX = "GraniteServiceVersion20100801."
_TAGGING = frozenset({"TagResource", "UntagResource"})
_CHANGES = frozenset({"DeleteAlarms", "DeleteDashboards", "PutDashboard"})

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_dashboards(request: HttpRequest) -> bool:
    """Tell whether a call changes the tags of a dashboard, or deletes alarms."""
    operation = _operation(request)
    return operation in _CHANGES or (operation in _TAGGING and b":dashboard/" in request.body)


def answer_dashboards(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer DeleteAlarms, DeleteDashboards, PutDashboard, or the tagging of a dashboard.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    body = json.loads(request.body)
    cloudwatch = backend("cloudwatch", region)
    before = _arns(cloudwatch)
    if _operation(request) in _TAGGING and body["ResourceARN"] in before:
        return _tag(cloudwatch.tagger, body)
    response = answer(request)
    if response.status < 400:  # noqa: PLR2004 - an error
        after = _arns(cloudwatch)
        for arn in before - after:
            cloudwatch.tagger.delete_all_tags_for_resource(arn)
        for arn in after - before:  # tags of a changed one stay as they are
            cloudwatch.tagger.tag_resource(arn, body.get("Tags", []))
    return response


def _arns(cloudwatch: Any) -> set[str]:
    alarms = {one.alarm_arn for one in cloudwatch.alarms.values()}
    return alarms | {one.arn for one in cloudwatch.dashboards.values()}


def _tag(tagger: Any, body: Mapping[str, Any]) -> HttpResponse:
    if "Tags" in body:
        tagger.tag_resource(body["ResourceARN"], body["Tags"])
    else:
        tagger.untag_resource_using_names(body["ResourceARN"], body["TagKeys"])
    return HttpResponse(200, (("Content-Type", "application/x-amz-json-1.0"),), b"{}")


def _operation(request: HttpRequest) -> str:
    return (request.header("X-Amz-Target") or "").removeprefix(_TARGET_PREFIX)
