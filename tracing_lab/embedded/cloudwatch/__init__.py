"""CloudWatch: metrics, the embedded metric format, log events, filter patterns and queries."""
