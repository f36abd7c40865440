"""The Runtime API and its clients inside of environments."""
