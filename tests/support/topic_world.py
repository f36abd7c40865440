"""A control plane with an SNS topic."""

import json
from pathlib import Path
from typing import Any

from direct_clients import direct_client

from tracing_lab.embedded.cloudwatch.metrics import PERIOD_S
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import ServiceCall
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call

REGION, ACCOUNT = "eu-west-1", "123456789012"


class World:
    """A control plane with a topic, and clients."""

    def __init__(self, folder: Path) -> None:
        self.control = ControlPlane(folder)
        self.calls: list[ServiceCall] = []
        self.control.on_service_call(REGION, self.calls.append)
        self.sns, self.sqs = self.client("sns"), self.client("sqs")
        self.cloudwatch = self.client("cloudwatch")
        self.topic = ""

    def begin(self) -> None:
        """Forget everything, and make the topic."""
        self.control.reset()
        self.calls.clear()
        self.topic = str(self.sns.create_topic(Name="t")["TopicArn"])

    def client(self, service: str) -> Any:
        """Make a client whose requests go straight into the control plane."""
        return direct_client(service, self._handle, region=REGION)

    def _handle(self, request: HttpRequest) -> HttpResponse:
        """Call the present control plane, which tests restart."""
        return self.control.handle(read_call(request))

    def queue(self, name: str = "q", *, open_to_topics: bool = True) -> tuple[str, str]:
        attributes = {"Policy": policy("sns.amazonaws.com")} if open_to_topics else {}
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return str(url), f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def subscribe(self, arn: str, **attributes: str) -> None:
        protocol = arn.split(":")[2]
        self.sns.subscribe(
            TopicArn=self.topic, Protocol=protocol, Endpoint=arn, Attributes=attributes
        )

    def messages(self, url: str) -> list[Any]:
        found = self.sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(found.get("Messages", ()))

    def open_topic(self, service: str) -> None:
        self.sns.set_topic_attributes(
            TopicArn=self.topic, AttributeName="Policy", AttributeValue=policy(service)
        )

    def alarm(self, **changes: Any) -> None:
        self.cloudwatch.put_metric_alarm(
            **{
                "AlarmName": "slow",
                "Namespace": "AWS/Lambda",
                "MetricName": "Duration",
                "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
                "ExtendedStatistic": "p95",
                "Period": PERIOD_S,
                "EvaluationPeriods": 1,
                "Threshold": 100.0,
                "ComparisonOperator": "GreaterThanThreshold",
                "AlarmActions": [self.topic],
                **changes,
            }
        )

    def state(self) -> str:
        (alarm,) = self.cloudwatch.describe_alarms()["MetricAlarms"]
        return str(alarm["StateValue"])


def policy(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "*"}
    return json.dumps({"Statement": [{**statement, "Resource": "*"}]})
