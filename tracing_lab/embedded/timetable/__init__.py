"""When schedules are due, for rules of EventBridge and for EventBridge Scheduler alike."""
