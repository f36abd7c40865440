"""The embedded AWS: a server on loopback that speaks AWS's own protocols.

Run it with ``python -m tracing_lab.embedded``. moto answers the control plane; what executes code,
moves events and makes segments is ours. Nothing here knows the workshop's stack.
"""
