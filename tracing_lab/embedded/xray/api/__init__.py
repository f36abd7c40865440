"""The operations of the X-Ray API: parse requests, select traces, page responses."""
