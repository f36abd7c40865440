"""The four services, and the tag by which the stack's resources are known."""

SERVICES = ("order", "payment", "inventory", "notification")
OWNERSHIP_TAG = "tracing-lab:stack"
