"""Documents on their way in: the daemon, validation, and the file that they survive in."""
