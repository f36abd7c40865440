"""Tags of CloudWatch dashboards, which moto drops, and of deleted alarms, which it keeps.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
"""

from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, succeeded
from tracing_lab.embedded.protocol.api_call import ApiCall


def with_tags_kept(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Update the tags of what DeleteAlarms, DeleteDashboards or PutDashboard creates or deletes."""
    cloudwatch = backend("cloudwatch", call.region)
    before = _arns(cloudwatch)
    response = call_next(call)
    if succeeded(response):
        after = _arns(cloudwatch)
        for arn in before - after:
            cloudwatch.tagger.delete_all_tags_for_resource(arn)
        for arn in after - before:  # tags of a changed one stay as they are
            cloudwatch.tagger.tag_resource(arn, call.members.get("Tags", []))
    return response


def with_tagged_dashboards(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to TagResource or UntagResource of a dashboard; moto responds for others."""
    cloudwatch, members = backend("cloudwatch", call.region), call.members
    if members["ResourceARN"] not in {
        dashboard.arn for dashboard in cloudwatch.dashboards.values()
    }:
        return call_next(call)
    if "Tags" in members:
        cloudwatch.tagger.tag_resource(members["ResourceARN"], members["Tags"])
    else:
        cloudwatch.tagger.untag_resource_using_names(members["ResourceARN"], members["TagKeys"])
    return HttpResponse(200, (("Content-Type", "application/x-amz-json-1.0"),), b"{}")


def _arns(cloudwatch: Any) -> set[str]:
    alarms = {alarm.alarm_arn for alarm in cloudwatch.alarms.values()}
    return alarms | {dashboard.arn for dashboard in cloudwatch.dashboards.values()}
