"""How fast an AWS takes changes, and how soon it shows them: data that comes with an endpoint."""

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
        Calls a second that the bucket is refilled for.
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
        """Tell whether calls of an operation are taken from the bucket."""
        return fnmatchcase(operation, self.operations) and operation not in self.but


# X-Ray endpoints and quotas (AWS General Reference). The group and the rule named Default, which
# every account has, do not count.
_XRAY_LIMITS = {"AWS::XRay::Group": 25, "AWS::XRay::SamplingRule": 25}


@dataclass(frozen=True)
class ControlPlane:
    """How fast an AWS takes changes, and how soon it shows them.

    Parameters
    ----------
    quotas
        How often operations may be called.
    call_s
        How long a call typically takes, in seconds; only estimates use it.
    role_s
        How long a new role typically takes to be usable, in seconds; only estimates use it.
    lag_s
        How late log groups may still be written to, and searches still show what is gone, in
        seconds.
    busy_s
        How long a call keeps the machine from working on another, in seconds; only estimates use
        it.
    limits
        How many there may be of something in one region (of roles: in the account), by the
        CloudFormation type.
    """

    quotas: tuple[Quota, ...] = ()
    call_s: float = 0.01
    role_s: float = 0.0
    lag_s: float = 0.1
    busy_s: float = 0.0
    limits: Mapping[str, int] = field(default_factory=lambda: _XRAY_LIMITS, hash=False)


_READ_BY_LAMBDA = ("lambda:GetFunction", "lambda:GetPolicy", "lambda:Invoke")

AWS_CONTROL_PLANE = ControlPlane(
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
    limits={
        # Defaults of the same guides and of the IAM User Guide, "IAM and AWS STS quotas".
        **_XRAY_LIMITS,
        "AWS::ApiGateway::RestApi": 600,
        "AWS::ApiGateway::UsagePlan": 300,
        "AWS::Events::EventBus": 100,
        "AWS::IAM::Role": 1000,
    },
)
"""The quotas of a real account that nobody raised, in one region."""

LOCAL_CONTROL_PLANE = ControlPlane(busy_s=0.004)
"""An emulator on this machine: no quotas, and nothing that lags by more than a moment."""
