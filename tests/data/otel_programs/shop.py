"""A shop that calls a stock, both with OpenTelemetry's own SDK and exporter, nothing of AWS."""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind


def provider(service: str) -> TracerProvider:
    made = TracerProvider(resource=Resource.create({"service.name": service}))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


shop, stock = provider("shop-python"), provider("stock-python")
request = {"http.request.method": "POST", "url.full": "http://stock.example/reserve"}
order = {"order_id": "o-python", "aws.xray.annotations": ["order_id"]}
tracer = shop.get_tracer("shop")
with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER, attributes=order) as span:
    with tracer.start_as_current_span("POST", kind=SpanKind.CLIENT, attributes=request):
        served = {**request, "http.response.status_code": 200}
        with stock.get_tracer("stock").start_as_current_span(
            "POST /reserve", kind=SpanKind.SERVER, attributes=served
        ):
            pass
    print(trace.format_trace_id(span.get_span_context().trace_id))  # noqa: T201 - its only output
for each in (shop, stock):
    each.shutdown()
