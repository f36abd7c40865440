"""What calls cause: notifications of buckets, and functions that services run, none by moto."""
