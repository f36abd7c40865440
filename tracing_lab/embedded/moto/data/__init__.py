"""Data of services in files of their own: messages, items and objects, which no replay repeats."""
