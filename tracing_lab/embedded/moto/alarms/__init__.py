"""CloudWatch alarms on the metrics in moto's state: their values, states and actions."""
