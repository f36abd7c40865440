"""The table of what is accepted by the control plane and ignored by the data planes.

``docs/coverage-aws.md`` is written from it, and a test requires every operation of moto's for the
services here to be simulated, listed, or without an effect.
"""

from collections.abc import Iterable, Mapping
from functools import cache

from tracing_lab.embedded.protocol.service_models import service_model

from .functions import LAMBDA, SERVICES
from .gaps import GapTreatment, SimulationGap
from .http_apis import HTTP_APIS
from .identities import IDENTITIES
from .messages_and_logs import LOGS, MESSAGES
from .requests_and_events import API_GATEWAY, EVENTS, SCHEDULER
from .stacks import STACKS
from .tables_and_buckets import BUCKETS, TABLES

GAPS: tuple[SimulationGap, ...] = (
    *SERVICES,
    *LAMBDA,
    *EVENTS,
    *SCHEDULER,
    *API_GATEWAY,
    *HTTP_APIS,
    *MESSAGES,
    *LOGS,
    *STACKS,
    *TABLES,
    *BUCKETS,
    *IDENTITIES,
)
"""What is not simulated, by service."""


@cache
def gaps_by_operation() -> Mapping[tuple[str, str], tuple[SimulationGap, ...]]:
    """Return the gaps of each operation that has any."""
    found: dict[tuple[str, str], tuple[SimulationGap, ...]] = {}
    for service in dict.fromkeys(gap.service for gap in GAPS):
        model = service_model(service)
        for operation in () if model is None else model.operation_names:
            gaps = tuple(gap for gap in GAPS if gap.is_of(service, operation))
            if gaps:
                found[service, operation] = gaps
    return found


def in_order(gaps: Iterable[SimulationGap]) -> list[SimulationGap]:
    """Return gaps as the page lists them: by service, answer and name."""
    answers = list(GapTreatment)

    def place(gap: SimulationGap) -> tuple[str, int, str, str]:
        return gap.service, answers.index(gap.answer), gap.operation, gap.member

    return sorted(gaps, key=place)
