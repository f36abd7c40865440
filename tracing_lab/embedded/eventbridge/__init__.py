"""The EventBridge data plane: events are accepted, matched with rules and delivered to targets."""
