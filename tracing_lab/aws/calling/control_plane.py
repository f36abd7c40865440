"""Profile of an endpoint's control plane: its quotas, typical durations and delays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Quota:
    """How often some operations may be called, together, as a token bucket.

    Parameters
    ----------
    operations
        Shell pattern of the operations that share the bucket, such as ``apigateway:*``.
    per_s
        Calls per second by which the bucket is refilled.
    burst
        Calls that a full bucket has.
    but
        Operations that the pattern covers and the bucket does not.
    """

    operations: str
    per_s: float
    burst: int = 1
    but: tuple[str, ...] = ()

    def covers(self, operation: str) -> bool:
        """Return whether calls of an operation count against the bucket."""
        return fnmatchcase(operation, self.operations) and operation not in self.but


# X-Ray endpoints and quotas (AWS General Reference). The group and the rule named Default, which
# every account has, do not count.
_XRAY_LIMITS = {"AWS::XRay::Group": 25, "AWS::XRay::SamplingRule": 25}


@dataclass(frozen=True)
class ControlPlaneProfile:
    """Quotas, typical durations and delays of an endpoint's control plane.

    Parameters
    ----------
    quotas
        How often operations may be called.
    call_s
        How long a call typically takes, in seconds; only estimates use it.
    role_s
        How long a new role typically takes to be usable, in seconds; only estimates use it.
    lag_s
        For how long late log events may recreate groups, and searches may list deleted resources,
        in seconds.
    trace_quiet_s
        How long a trace must stay unchanged to count as complete, in seconds: segments are late by
        the time that X-Ray takes to store them, or a function to start cold.
    busy_s
        How long a call occupies the machine, in seconds; only estimates use it.
    limits
        How many resources a region may have (of roles: the account), by CloudFormation type.
    """

    quotas: tuple[Quota, ...] = ()
    call_s: float = 0.01
    role_s: float = 0.0
    lag_s: float = 0.1
    trace_quiet_s: float = 2.0
    busy_s: float = 0.0
    limits: Mapping[str, int] = field(default_factory=lambda: _XRAY_LIMITS, hash=False)


UNPUBLISHED = "xray:*Get*"
"""Pattern of the operations whose quota AWS does not publish: their rate is learned."""

_READ_BY_LAMBDA = ("lambda:GetFunction", "lambda:GetPolicy", "lambda:Invoke")

AWS_CONTROL_PLANE = ControlPlaneProfile(
    quotas=(
        # API Gateway Developer Guide, "Quotas for creating, deploying and managing an API";
        # none of them can be raised.
        Quota("apigateway:CreateRestApi", 1 / 3),
        Quota("apigateway:ImportRestApi", 1 / 3),
        Quota("apigateway:PutRestApi", 1),
        Quota("apigateway:CreateDeployment", 1 / 5),
        Quota("apigateway:DeleteRestApi", 1 / 30),
        Quota("apigateway:UpdateAccount", 1 / 20),
        Quota("apigateway:UpdateUsagePlan", 1 / 20),
        Quota("apigateway:CreateApiKey", 5, burst=5),
        Quota("apigateway:DeleteApiKey", 5, burst=5),
        Quota("apigateway:CreateResource", 5, burst=5),
        Quota("apigateway:DeleteResource", 5, burst=5),
        Quota("apigateway:GetResources", 5 / 2, burst=5),
        Quota("apigateway:*", 10, burst=40),
        # Lambda Developer Guide, "Lambda quotas", API requests; none of them can be raised.
        Quota("lambda:GetFunction", 100, burst=100),
        Quota("lambda:GetPolicy", 15, burst=15),
        Quota("lambda:*", 15, burst=15, but=_READ_BY_LAMBDA),
        # EventBridge User Guide, "EventBridge quotas": 50 a second for all but PutEvents.
        Quota("events:*", 50, burst=50, but=("events:PutEvents",)),
        # These services publish no rates per operation, or not as documentation; the numbers stay
        # below what accounts report as throttled.
        Quota("logs:ListTagsForResource", 5, burst=5),
        Quota("logs:*", 10, burst=10, but=("logs:FilterLogEvents", "logs:ListTagsForResource")),
        Quota("cloudwatch:*", 3, burst=3),
        Quota("iam:[GL]*", 20, burst=40),
        Quota("iam:[!GL]*", 10, burst=20),
    ),
    call_s=0.15,
    role_s=10.0,
    lag_s=5.0,
    trace_quiet_s=10.0,
    limits={
        # Defaults of the same guides and of the IAM User Guide, "IAM and AWS STS quotas".
        **_XRAY_LIMITS,
        "AWS::ApiGateway::RestApi": 600,
        "AWS::ApiGateway::UsagePlan": 300,
        "AWS::Events::EventBus": 100,
        "AWS::IAM::Role": 1000,
    },
)
"""The default quotas of a real account in one region."""

LOCAL_CONTROL_PLANE = ControlPlaneProfile(busy_s=0.004)
"""An emulator on this machine: no quotas, and nothing that lags by more than a moment."""
