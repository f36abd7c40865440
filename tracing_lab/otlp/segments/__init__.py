"""Segments from spans: two translations, which read a span differently.

============ ======================================================================
collector    the rules of the OpenTelemetry collector's X-Ray exporter
aws_endpoint what AWS's own endpoint was seen to make of the spans of its agents
members      members that both make in the same way: names, flags, ``http``
causes       ``cause``, in the same way as well
============ ======================================================================

Neither keeps everything. X-Ray's documents have no place for a status that was not set as opposed
to one that was set to "ok", for events that are no exceptions, and for the state of a trace. The
collector's has no kind of a span, and names a call after what it calls, so that the call's own name
is lost. AWS's endpoint is not known to keep links, which its tests do not show; they are in
``aws/spans``.
"""

from .aws_endpoint import segments_as_aws_makes_them
from .collector import segments_as_the_collector_makes_them

__all__ = ["segments_as_aws_makes_them", "segments_as_the_collector_makes_them"]
