"""The cost table of the original system, next to what its 1,000 requests a month really cost.

The original's README states a price for each service "for 1,000 requests per month". Its numbers
are the prices of a million calls, events or traces, or of a gigabyte: right as unit prices, and
a thousand times too much for a thousand requests.
"""

from dataclasses import dataclass

from tracing_lab.config import Config
from tracing_lab.tables import html_table, text_table

from . import estimate
from .prices import usd_text

REQUESTS = 1_000
_STATED_USD = {
    "Lambda": 0.20,
    "API Gateway": 3.50,
    "X-Ray": 5.00,
    "EventBridge": 1.00,
    "CloudWatch Logs": 0.50,
}
_NOTES = {
    "Lambda": "the price of a million invocations; an order makes five",
    "API Gateway": "the price of a million calls, and right for a million orders",
    "X-Ray": "the price of a million traces, and right for a million orders that are all traced",
    "EventBridge": "the price of a million events; an order makes three",
    "CloudWatch Logs": "the price of a gigabyte; a thousand orders log about 6 MB",
}
_HEADERS = ("service", "original, USD", "1,000 orders, USD", "a million, USD", "the original is")


@dataclass(frozen=True)
class Line:
    """One line of the original's table, corrected.

    Parameters
    ----------
    service
        The service.
    stated_usd
        What the original says 1,000 requests a month cost.
    usd
        What they cost at list prices, with nothing free and every order traced.
    usd_of_a_million
        What a million orders cost likewise.
    note
        What the original's number is.
    """

    service: str
    stated_usd: float
    usd: float
    usd_of_a_million: float
    note: str


@dataclass(frozen=True)
class Comparison:
    """The original's table, corrected."""

    lines: tuple[Line, ...]

    def __str__(self) -> str:
        return text_table(self._cells(), headers=_HEADERS)

    def _repr_html_(self) -> str:
        return html_table(self._cells(), headers=_HEADERS, caption="The original's cost table")

    def _cells(self) -> list[tuple[str, ...]]:
        amounts = [(row.stated_usd, row.usd, row.usd_of_a_million) for row in self.lines]
        totals = tuple(map(sum, zip(*amounts, strict=True)))
        labels = [(line.service, line.note) for line in self.lines] + [("total", "")]
        return [
            (service, *map(usd_text, row), note)
            for (service, note), row in zip(labels, [*amounts, totals], strict=True)
        ]


def compare_with_original(config: Config) -> Comparison:
    """Put the original's cost table next to estimates.

    Returns
    -------
    Comparison
        One line a service, with a note on what the original's number is.
    """
    thousand, million = (
        estimate(config, requests_per_month=count, free_tier=False, sampling_rate=1.0).by_service()
        for count in (REQUESTS, 1_000_000)
    )
    lines = (
        Line(service, stated, thousand[service], million[service], _NOTES[service])
        for service, stated in _STATED_USD.items()
    )
    return Comparison(tuple(lines))
