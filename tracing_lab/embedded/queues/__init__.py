"""What SQS needs beyond moto and without it: long polling, errors and metrics."""
