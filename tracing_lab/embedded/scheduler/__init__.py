"""EventBridge Scheduler's data plane: schedules call their targets at their times.

Its control plane is moto's, with `tracing_lab.embedded.moto.overrides.schedules`.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html
"""
