"""What is deleted is gone from memory, too."""

from typing import Any

from control_planes import client_of
from moto.core.model_instances import model_data

from tracing_lab.embedded.moto.plane import ControlPlane

REGION = "eu-central-2"


def kept() -> dict[str, int]:
    """Return how many objects moto's classes keep."""
    classes: list[Any] = [cls for models in model_data.values() for cls in models.values()]
    return {cls.__name__: len(cls.instances_tracked) for cls in classes if cls.instances_tracked}


def test_no_class_of_motos_keeps_its_objects(control: ControlPlane) -> None:
    before = kept()
    queues = client_of(control, "sqs", REGION)
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="gone soon")
    queues.delete_queue(QueueUrl=url)
    events = client_of(control, "events", REGION)
    events.create_event_bus(Name="b")
    events.delete_event_bus(Name="b")
    buckets = client_of(control, "s3", REGION)
    place = {"LocationConstraint": REGION}
    buckets.create_bucket(Bucket="some-files", CreateBucketConfiguration=place)
    for body in (b"first", b"second"):
        buckets.put_object(Bucket="some-files", Key="k", Body=body)
    assert kept() == before
    control.reset()  # an object whose file is not closed would be a warning
