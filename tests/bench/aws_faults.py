"""Faults as AWS has them, drawn from a seed: throttles, errors, lost answers, eventual consistency.

Each operation's n-th request may be hit. A fault either occurs once or lasts for some time; within
that time the same request fails in the same way whenever it is repeated.
"""

import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from fault_proxy import Answer, Forward, Proxy, Reply, Request, transparent
from proofs import prove_applied, prove_gone

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config

SHARE = 0.15  # of the requests that are hit
LONGEST_S = 0.3

# What services say for some seconds of something new, or of something that changes.
_INCONSISTENT = {
    "apigateway:CreateDeployment": ("TooManyRequestsException", "Too Many Requests"),
    "apigateway:CreateRestApi": ("TooManyRequestsException", "Too Many Requests"),
    "apigateway:UpdateAccount": (
        "BadRequestException",
        "The role ARN does not have required permissions set to API Gateway",
    ),
    "events:DeleteEventBus": (
        "ValidationException",
        "EventBus can't be deleted since it has rules.",
    ),
    "events:DeleteRule": ("ValidationException", "Rule can't be deleted since it has targets."),
    "events:PutRule": ("ConcurrentModificationException", "Rule is being modified"),
    "iam:DeleteRole": ("DeleteConflict", "Cannot delete entity, must delete policies first."),
    "iam:PutRolePolicy": ("NoSuchEntity", "The role cannot be found."),
    "lambda:AddPermission": (
        "ResourceConflictException",
        "The operation cannot be performed at this time. An update is in progress for resource",
    ),
    "lambda:CreateFunction": (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "logs:CreateLogGroup": ("OperationAbortedException", "A conflicting operation is in progress"),
    "logs:PutRetentionPolicy": ("ResourceNotFoundException", "The log group does not exist."),
}
_THROTTLES = {
    "apigateway": "TooManyRequestsException",
    "lambda": "TooManyRequestsException",
    "events": "ThrottlingException",
    "logs": "ThrottlingException",
    "iam": "Throttling",
    "sts": "Throttling",
}


@dataclass
class InjectedFault:
    """A fault that hit an operation.

    Parameters
    ----------
    operation, kind
        What was hit, and how.
    injected_s
        For how long the fault holds, in seconds; 0 if it struck once.
    at_s
        When each call was hit.
    over_s
        When the first call after it came through; None if none did.
    """

    operation: str
    kind: str
    injected_s: float
    at_s: list[float] = field(default_factory=list)
    over_s: float | None = None

    @property
    def waited_s(self) -> float:
        """From the first call that was hit to the first that came through."""
        return 0.0 if self.over_s is None else self.over_s - self.at_s[0]

    @property
    def poll_s(self) -> float:
        """The last wait between two attempts."""
        return 0.0 if self.over_s is None else self.over_s - self.at_s[-1]


class Faults:
    """A policy of the proxy that lets things go wrong, the same ones for the same seed.

    Parameters
    ----------
    seed
        Decides which calls are hit and how.
    """

    def __init__(self, seed: int) -> None:
        self._seed, self._lock = seed, threading.Lock()
        self._calls: Counter[str] = Counter()
        self._holding: dict[bytes, InjectedFault] = {}
        self.injected: list[InjectedFault] = []

    def __call__(self, request: Request, forward: Forward, reply: Reply) -> None:
        kind = self._kind(request)
        if kind == "slow":
            time.sleep(LONGEST_S)
        if kind in {"lost answer", "failed late"}:
            forward()
        if kind in {"lost answer", "lost request"}:
            return
        refusals = {
            "throttled": (_THROTTLES.get(_service(request), "Throttling"), "Rate exceeded"),
            "inconsistent": _INCONSISTENT.get(request.operation, ("", "")),
            "failed early": ("InternalFailure", "An internal error has occurred"),
            "failed late": ("InternalFailure", "An internal error has occurred"),
        }
        if kind in refusals:
            reply(refusal(request, *refusals[kind]))
        else:
            reply(forward())

    def _kind(self, request: Request) -> str:
        """Decide what happens to a call, and keep book of it."""
        now_s = time.monotonic()
        with self._lock:
            fault = self._holding.pop(request.content, None)
            if fault is not None and now_s >= fault.at_s[0] + fault.injected_s:
                fault.over_s = now_s
                return "none"
            fault = fault or self._draw(request)
            if fault is None:
                return "none"
            fault.at_s.append(now_s)
            if fault.kind != "slow":
                self._holding[request.content] = fault
            return fault.kind

    def _draw(self, request: Request) -> InjectedFault | None:
        number = self._calls[request.operation]
        self._calls[request.operation] += 1
        draw = random.Random(f"{self._seed} {request.operation} {number}")
        if draw.random() > SHARE:
            return None
        once = ["slow", "lost answer", "lost request", "failed early", "failed late"]
        lasting = ["throttled"] + ["inconsistent"] * (request.operation in _INCONSISTENT)
        kind = draw.choice([*once, *lasting * 2])
        injected_s = draw.uniform(0.02, LONGEST_S) if kind in lasting else 0.0
        self.injected.append(InjectedFault(request.operation, kind, injected_s))
        return self.injected[-1]


def survive_faults(proxy: Proxy, config: Config, aws: Aws, seed: int) -> list[InjectedFault]:
    """Apply and destroy while things go wrong, check the outcomes, and give what went wrong."""
    faults = Faults(seed)
    apply_with(faults, proxy, config, aws)
    destroy_with(faults, proxy, config, aws)
    return faults.injected


def apply_with(faults: Faults, proxy: Proxy, config: Config, aws: Aws) -> None:
    """Apply while things go wrong, and check the outcome."""
    proxy.policy = faults
    deploy.apply(config, aws=aws)
    proxy.policy = transparent
    prove_applied(config, aws)


def destroy_with(faults: Faults, proxy: Proxy, config: Config, aws: Aws) -> None:
    """Destroy while things go wrong, and check the outcome."""
    proxy.policy = faults
    torn_down = deploy.destroy(config, confirm=True, aws=aws)
    proxy.policy = transparent
    prove_gone(torn_down)


def refusal(request: Request, code: str, message: str) -> Answer:
    """Write an error in the protocol of a service."""
    status = 500 if code == "InternalFailure" else 400
    if request.protocol in {"query", "ec2"}:
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse>{error}<RequestId>lab-1</RequestId></ErrorResponse>"
        return Answer(status, (("Content-Type", "text/xml"),), text.encode())
    body = json.dumps({"__type": code, "message": message}).encode()
    return Answer(status, (("X-Amzn-ErrorType", code), ("X-Amzn-RequestId", "lab-1")), body)


def _service(request: Request) -> str:
    return request.operation.partition(":")[0]
