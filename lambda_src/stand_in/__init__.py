"""A function that stands in for a recorded service: it plays the service's recorded runs.

========= =======================================================================
handler   what Lambda calls: finds out which run to play, and answers
playing   plays a run: waits where the service worked, calls what it called
calling   makes one call: a function, an API, an event, or only time that passes
clock     waits that end when they should
durations makes durations like the recorded ones of the real ones
script    the runs of the service, from the zip's ``script.json``
tracing   trace headers, and documents for X-Ray's daemon
========= =======================================================================

It has no tracer from elsewhere, because it sends the documents that a recording asks for, also of
calls at the same time, and of services that were no Lambda functions.
"""
