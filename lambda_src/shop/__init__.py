"""The parts of the four services that are not tracing, so that the handlers show tracing only.

============== ==================================================================
frame          the decorator of every handler, whatever its tracer
invocation     the decorator with the X-Ray SDK, and the annotation of errors
otel_spans     the same for OpenTelemetry, and the trace header of calls to AWS
orders         validation and price of an order
rest_api       requests and responses of API Gateway
event_details  validation of EventBridge events
publishing     puts events on the bus
payments       simulated payment processors
stock          simulated warehouses
notifications  simulated channels
faults         makes a step slow or broken, as the variable FAULTS configures
fault_settings parses and validates FAULTS
============== ==================================================================
"""
