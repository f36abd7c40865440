"""Members of segments, from attributes of any type."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, strategies as st
from otel_spans import otel_span

from tracing_lab.otlp.segments import (
    segments_as_aws_makes_them,
    segments_as_the_collector_makes_them,
)

NAMES = [
    *("aws.dynamodb.table_names", "aws.local.service", "aws.operation", "aws.queue_url"),
    *("aws.region", "aws.remote.service", "aws.request_id", "aws.s3.bucket", "aws.span.kind"),
    *("aws.xray.annotations", "cloud.account.id", "db.name", "enduser.id", "http.host"),
    *("http.method", "http.response.status_code", "http.status_code", "http.url", "order"),
    *("peer.service", "rpc.method", "telemetry.sdk.name", "telemetry.sdk.version", "url.path"),
]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.binary(max_size=3)
)
VALUES = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.lists(below, max_size=2), st.dictionaries(st.text(max_size=2), below, max_size=2)
    ),
    max_leaves=4,
)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)


@pytest.mark.parametrize(
    "translate", [segments_as_aws_makes_them, segments_as_the_collector_makes_them]
)
@given(
    attributes=ATTRIBUTES,
    resource=ATTRIBUTES,
    system=st.sampled_from(["aws-api", "grpc"]),
    kind=st.sampled_from(["internal", "server", "client", "producer"]),
)
def test_documents_are_json_whatever_attributes_are(
    translate: Callable[..., list[Any]],
    attributes: dict[str, Any],
    resource: dict[str, Any],
    system: str,
    kind: str,
) -> None:
    span = otel_span(kind=kind, attributes={"rpc.system": system, **attributes}, resource=resource)
    for document in translate([span]):
        assert orjson.loads(orjson.dumps(document))["trace_id"] == document["trace_id"]
