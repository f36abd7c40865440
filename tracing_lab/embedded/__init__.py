"""The embedded AWS: a server on loopback that speaks AWS's own protocols.

Run it with ``python -m tracing_lab.embedded``. moto handles the control plane; the data planes,
which execute code, deliver events and send segments, are written here. Nothing here depends on the
workshop's stack.
"""
