"""Files that survive ``kill -9``: append-only logs, maps, queues, and the handling of damage."""
