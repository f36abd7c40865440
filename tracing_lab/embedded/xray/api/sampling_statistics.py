"""The operation GetSamplingStatisticSummaries: pages of `SamplingStatistics`."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.xray import undocumented
from tracing_lab.embedded.xray.sampling.statistics import SamplingStatistics, summary_position

from .paging import page_of
from .requests import Members, Operation


def statistics_operations(statistics: SamplingStatistics) -> Mapping[str, Operation]:
    """Return the operation by name."""

    def get_sampling_statistic_summaries(members: Members) -> dict[str, Any]:
        page, more = page_of(
            statistics.summaries(),
            members,
            size=undocumented.LIST_PAGE_SIZE,
            key=summary_position,
        )
        return {"SamplingStatisticSummaries": page, **more}

    return {"GetSamplingStatisticSummaries": get_sampling_statistic_summaries}
