"""IAM: policies, conditions and actions are evaluated, and what each role used is counted."""
