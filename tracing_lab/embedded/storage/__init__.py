"""Files that survive ``kill -9``: append-only logs, maps, queues, and what is done about damage."""
