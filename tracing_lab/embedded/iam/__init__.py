"""IAM: evaluates policies and conditions, and counts the actions that each role used."""
