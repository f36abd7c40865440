"""Names and types of nodes."""

import pytest

from tracing_lab.xray_model.nodes import node_name, node_type


@pytest.mark.parametrize(
    "segment, name",
    [
        ({"name": "order-fn", "origin": "AWS::Lambda", "aws": {"function_name": "x"}}, "order-fn"),
        (
            {"name": "SQS", "inferred": True, "origin": "AWS::SQS::Queue"}
            | {"aws": {"queue_url": "https://sqs/1/orders"}},
            "https://sqs/1/orders",
        ),
        ({"name": "example.com", "inferred": True}, "example.com"),
    ],
)
def test_only_inferred_segments_are_named_after_what_was_called(
    segment: dict[str, object], name: str
) -> None:
    assert node_name(segment) == name


@pytest.mark.parametrize(
    "kind, origin, expected",
    [
        ("segment", "AWS::Lambda", "AWS::Lambda"),
        ("segment", None, None),
        ("inferred", "AWS::Events", "AWS::Events"),
        ("inferred", None, "remote"),
    ],
)
def test_a_callee_without_an_origin_is_remote(
    kind: str, origin: str | None, expected: str | None
) -> None:
    assert node_type(kind, origin) == expected
