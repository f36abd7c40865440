"""SQS and SNS on moto's queues and topics: sending, messages on disk, dead letters and redrive."""
