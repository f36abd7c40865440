"""Parts of SQS that moto lacks, and the event source mappings of queues and of tables' streams."""
