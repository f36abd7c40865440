"""Lambda functions: what moto ignores, drops or shows otherwise, by subject."""
