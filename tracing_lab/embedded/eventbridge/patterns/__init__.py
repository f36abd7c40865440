"""EventBridge event patterns: compiled once, matched with many events."""
