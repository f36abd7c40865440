"""What OpenTelemetry's protocol carries: spans in its JSON and protobuf forms, and as documents.

Pure, and shared by the readers of trace files and the embedded AWS.

========= ====================================================================
model     a span in OpenTelemetry's data model
json_form spans from and to the JSON form, and records of ``aws/spans``
protobuf  the protobuf form, decoded to the JSON form
wire      protobuf's encoding of one message
documents X-Ray's document of a span, without loss, as readers of files make it
records   a span's record in ``aws/spans``
segments  X-Ray's documents of spans, as servers make them
========= ====================================================================
"""
