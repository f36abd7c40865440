"""The metrics of CloudWatch: one store that all calls and alarms read."""
