// A shop that calls a stock, both with OpenTelemetry's own SDK and an exporter of it: its first
// argument, exporter-trace-otlp-proto (protobuf) or exporter-trace-otlp-http (JSON).
const { SpanKind, context, trace } = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { BatchSpanProcessor, NodeTracerProvider } = require("@opentelemetry/sdk-trace-node");
const { OTLPTraceExporter } = require(`@opentelemetry/${process.argv[2]}`);

const provider = (service) =>
  new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": service }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });

const start = (provider, name, kind, attributes, parent = context.active()) => {
  const span = provider.getTracer("shop").startSpan(name, { kind, attributes }, parent);
  return [span, trace.setSpan(parent, span)];
};

const main = async () => {
  const [shop, stock] = [provider("shop-node"), provider("stock-node")];
  const request = { "http.request.method": "POST", "url.full": "http://stock.example/reserve" };
  const order = { order_id: `o-${process.argv[2]}`, "aws.xray.annotations": ["order_id"] };
  const [span, inSpan] = start(shop, "POST /orders", SpanKind.SERVER, order);
  const [call, inCall] = start(shop, "POST", SpanKind.CLIENT, request, inSpan);
  const served = { ...request, "http.response.status_code": 200 };
  const [reserve] = start(stock, "POST /reserve", SpanKind.SERVER, served, inCall);
  for (const each of [reserve, call, span]) each.end();
  console.log(span.spanContext().traceId);
  await Promise.all([shop.shutdown(), stock.shutdown()]);
};

main();
