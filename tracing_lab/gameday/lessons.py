"""What each kind of incident teaches: why it happens, how it shows, what helps. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Lesson:
    """What a kind of incident teaches.

    Parameters
    ----------
    why
        How such a thing comes about in production.
    look
        Where traces show it.
    actions
        What keeps it from happening, or from doing harm.
    """

    why: str
    look: str
    actions: tuple[str, ...]


_SLOW: Final = Lesson(
    "A dependency, a query or the code itself had become slower; nobody waited for it directly, or "
    "everybody did.",
    "Compare the function's own time with that of a healthy window. Where events lie between, the "
    "caller's time does not rise, but the end of the path comes later.",
    (
        "Set an alarm on a high percentile of each function's duration, not on the mean.",
        "Give calls to dependencies a timeout that is shorter than the caller's.",
        "Keep traces of a healthy day to compare with.",
    ),
)
_FAILING: Final = Lesson(
    "A dependency rejected some requests, and the service passed its failure on.",
    "Failed spans lead to the exception. Behind the event bus customers see nothing: look into the "
    "nodes, not at the API.",
    (
        "Set an alarm on errors of each function, and keep failed events in a dead-letter queue.",
        "Retry what is worth retrying, with pauses that grow.",
        "Log the trace id with each error.",
    ),
)
_NOTHING: Final = Lesson(
    "Errors of a batch job and everyday slowness looked like an incident. Healthy systems are "
    "never quiet.",
    "The traces of orders show no failures, and times that differ no more than chance explains.",
    (
        "Alarm on what customers notice, and not on every error.",
        "Mark the invocations of batch jobs, so that dashboards can leave them out.",
    ),
)
_LOST: Final = Lesson(
    "An event was not published, or not passed on, and everyone involved reported success.",
    "No span failed. On the map an edge carries fewer requests than the node before it: count the "
    "orders that reach each service.",
    (
        "Count what goes in and what comes out, and alarm on the difference.",
        "Publish from an outbox, so that an order and its event are stored together.",
        "Let changes of rules go through the same review as code.",
    ),
)

_LESSONS: Final[Mapping[str, Lesson]] = {
    "none": _NOTHING,
    "latency": _SLOW,
    "slow-deploy": _SLOW,
    "errors": _FAILING,
    "timeouts": _FAILING,
    "lost-events": _LOST,
    "disabled-rule": _LOST,
    "throttling": Lesson(
        "Someone had limited the function's concurrency, and requests came faster than it served.",
        "Spans of Lambda's node are throttled, while those of the function itself are as fast as "
        "ever: rejected requests never reach it.",
        (
            "Reserve concurrency from measured load: requests a second times seconds a request.",
            "Set an alarm on throttles.",
        ),
    ),
    "cold-starts": Lesson(
        "Environments were replaced again and again, and each new one took long to start.",
        "Many function spans are marked as cold starts, and an Initialization stands before them.",
        (
            "Deploy less often under load, or with provisioned concurrency.",
            "Load less at the start.",
        ),
    ),
    "duplicated-events": Lesson(
        "The publisher sent some events twice. At least once means sometimes twice.",
        "A trace has more runs of a service than usual, none of which failed.",
        (
            "Make consumers idempotent: remember the ids of what was processed.",
            "Publish once for each order, also after a timeout.",
        ),
    ),
    "poison": Lesson(
        "A producer sent events that the consumer could not read, and each was retried in vain.",
        "A few traces begin at the bus and not at the API; they fail each time in the same way.",
        (
            "Validate events where they are produced, against a schema.",
            "Keep what fails for good in a dead-letter queue, and alarm on it.",
        ),
    ),
    "slow-consumer": _SLOW,
    "retry-storm": Lesson(
        "Failed work was repeated at once and many times, which made a small problem a large one.",
        "A span has several attempts, one after the other; the order succeeds late, or not at all.",
        (
            "Retry few times, with pauses that grow and differ.",
            "Stop retrying when most attempts fail (a circuit breaker).",
        ),
    ),
    "permission": Lesson(
        "A policy denied the service a call that it needs.",
        "The call's subsegment failed with AccessDenied, in every order from one moment on.",
        (
            "Test policies in a stage that has the same ones.",
            "Compare what a role uses with what it may do before you take something away.",
        ),
    ),
    "bad-deploy": Lesson(
        "A release had a mistake that no test had met.",
        "Every run fails from one moment on, with the same exception and stack.",
        (
            "Shift traffic to a new version in steps, and roll back on errors.",
            "Send an order through each release before customers do.",
        ),
    ),
}


def lesson_of(kind: str) -> Lesson:
    """Return what a kind of incident teaches.

    Parameters
    ----------
    kind
        A scenario of `tracing_lab.faults`.

    Examples
    --------
    >>> lesson_of("throttling").actions[1]
    'Set an alarm on throttles.'
    """
    return _LESSONS[kind]
