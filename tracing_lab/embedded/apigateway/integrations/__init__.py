"""What responds to a method's requests: functions, AWS services, fixed responses."""
