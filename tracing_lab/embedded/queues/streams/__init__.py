"""Event source mappings from the streams of DynamoDB's tables to functions."""
