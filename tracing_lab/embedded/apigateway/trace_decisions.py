"""The trace of a request: the client's or a new one, with a sampling decision."""

from collections.abc import Callable, Mapping
from typing import Protocol

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.model import StageSpec
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader
from tracing_lab.xray_model.trace_ids import new_entity_id, new_trace_id

from .model import TraceContext
from .segments import ORIGIN, stage_arn


class TraceDecision(Protocol):
    """The sampling decision about a request."""

    @property
    def sampled(self) -> bool:
        """Whether the request is traced."""

    @property
    def rule_name(self) -> str | None:
        """The rule that decided."""


class Decide(Protocol):
    """Applies the sampling rules."""

    def __call__(
        self,
        *,
        service_name: str,
        service_type: str,
        host: str,
        method: str,
        path: str,
        resource_arn: str,
        attributes: Mapping[str, str],
    ) -> TraceDecision:
        """Return the decision about a request."""


class StageTracing:
    """Finds the trace of each request to the stages of a region.

    Parameters
    ----------
    decide
        Applies the sampling rules to requests without a decision.
    clock
        Epoch seconds.
    region
        The stages' region.
    """

    def __init__(self, decide: Decide, clock: Callable[[], float], *, region: str) -> None:
        self._decide = decide
        self._clock = clock
        self._region = region

    def context(self, request: HttpRequest, stage: StageSpec, path: str) -> TraceContext:
        """Return the client's trace or a new one; only stages with tracing make a decision."""
        text = request.header(HEADER_NAME)
        incoming = TraceHeader.parse(text)
        header = incoming or TraceHeader(new_trace_id(self._clock()))
        rule_name = None
        if stage.tracing and header.sampled is None:
            decision = self._sampling_decision(request, stage, path)
            header = header._replace(sampled=bool(decision.sampled))
            rule_name = decision.rule_name
        return TraceContext(
            header=header,
            segment_id=new_entity_id(),
            subsegment_id=new_entity_id(),
            emits=stage.tracing and header.sampled is True,
            rule_name=rule_name,
            incoming=text if incoming and incoming.parent else None,
        )

    def _sampling_decision(
        self, request: HttpRequest, stage: StageSpec, path: str
    ) -> TraceDecision:
        return self._decide(
            service_name=f"{stage.api_name}/{stage.stage_name}",
            service_type=ORIGIN,
            host=request.header("Host") or "",
            method=request.method,
            path=f"/{stage.stage_name}{path}",
            resource_arn=stage_arn(self._region, stage.api_id, stage.stage_name),
            attributes=dict(request.headers),
        )
