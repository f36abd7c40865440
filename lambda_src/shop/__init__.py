"""Everything of the four services that is not tracing, so that the handlers can be about tracing.

============== ==================================================================
invocation     the decorator of every handler, and the annotation of errors
orders         what a caller may send, what an order costs
rest_api       requests and responses of API Gateway
event_details  what an EventBridge event must have
publishing     puts events on the bus
payments       simulated payment processors
stock          simulated warehouses
notifications  simulated channels
faults         makes a step slow or broken, as the variable FAULTS asks
fault_settings reads and checks FAULTS
============== ==================================================================
"""
