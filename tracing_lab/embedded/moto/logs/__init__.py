"""CloudWatch Logs on moto's log groups: events on disk, filters, queries and subscriptions."""
