"""The operations of the X-Ray API: requests are read, traces selected, responses paged."""
