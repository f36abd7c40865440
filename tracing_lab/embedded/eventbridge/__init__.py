"""The EventBridge data plane: accepts events, matches them with rules, delivers them to targets."""
