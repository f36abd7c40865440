"""The blameless report of a game: what happened, how it was found, and what to learn from it."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Final

import pandas as pd

from tracing_lab import files
from tracing_lab.errors import GameDayError
from tracing_lab.tables import html_table, without_math

from .lessons import lesson_of
from .planning import GameIncident
from .reading import NOTHING
from .scoring import Play, Score
from .state import GameState

_CREATED: Final = 201
_CODE: Final = re.compile(r"`([^`]+)`")
_ENDINGS: Final = (".md", ".html")
_SIGNS: Final = {
    "orders": "{:.0%}",
    "runs": "{:.2f}",
    "failed": "{:.0%}",
    "throttled": "{:.0%}",
    "cold": "{:.0%}",
    "p50_ms": "{:.0f}",
    "p95_ms": "{:.0f}",
}
_EFFECTS: Final = {
    True: "the trouble was gone",
    False: "the trouble was not gone",
    None: "interrupted before the effect was measured",
}
_STYLE: Final = """body{font-family:system-ui,sans-serif;max-width:52em;margin:2em auto;
padding:0 1em;line-height:1.5;color:#1f2328}table{border-collapse:collapse;margin:1em 0}
td,th{border:1px solid #d0d7de;padding:.3em .7em;text-align:left}th{background:#f6f8fa}
h1{border-bottom:1px solid #d0d7de}"""


@dataclass(frozen=True)
class GameFacts:
    """What a report is about.

    Parameters
    ----------
    play
        What the learner did.
    orders
        Name of each window to what customers saw: ``status`` and ``latency_s``.
    signs
        ``healthy`` and ``incident`` to how the services were.
    elapsed_s
        How long the game took, in seconds.
    """

    play: Play
    orders: Mapping[str, pd.DataFrame]
    signs: Mapping[str, pd.DataFrame]
    elapsed_s: float


@dataclass(frozen=True)
class ReportSection:
    """A part of a report: text, and perhaps a table."""

    title: str
    lines: Sequence[str] = ()
    headers: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


@dataclass(frozen=True, repr=False)
class GameReport:
    """A report that can be saved.

    Parameters
    ----------
    title
        Its heading.
    truth
        What was wrong, in a sentence.
    sections
        Its parts.
    """

    title: str
    truth: str
    sections: tuple[ReportSection, ...]

    @staticmethod
    def check(path: str | Path | None) -> None:
        """Raise if a report cannot be saved there; nothing is written.

        Raises
        ------
        GameDayError
            If the name has another ending than ``.md`` and ``.html``.
        FileError
            If the file cannot be written.
        """
        if path is None:
            return
        if Path(path).suffix.lower() not in _ENDINGS:
            msg = f"{path} must end in .md or .html. The game goes on."
            raise GameDayError(msg)
        files.check_file(path)

    def save(self, path: str | Path) -> Path:
        """Write the report as Markdown or HTML, by the name's ending.

        Raises
        ------
        FileError
            If it cannot be written.
        """
        is_page = Path(path).suffix.lower() == ".html"
        return files.write_bytes(path, (self.to_html() if is_page else self.to_markdown()).encode())

    def to_markdown(self) -> str:
        """Return the report as Markdown."""
        parts = [f"# {self.title}", *(_markdown(section) for section in self.sections)]
        return "\n\n".join(parts) + "\n"

    def to_html(self) -> str:
        """Return the report as a page without other files."""
        body = "".join(_html(section) for section in self.sections)
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>'
            f"{escape(self.title)}</title><style>{_STYLE}</style></head>"
            f"<body><h1>{escape(self.title)}</h1>{body}</body></html>\n"
        )

    def __repr__(self) -> str:
        return self.to_markdown()

    def _repr_html_(self) -> str:
        return f"<h3>{escape(self.title)}</h3>{''.join(_html(part) for part in self.sections)}"


def report_of(
    state: GameState, incident: GameIncident, facts: GameFacts, score: Score
) -> GameReport:
    """Return the report of a game.

    Parameters
    ----------
    state
        What is known of the game.
    incident
        What was wrong.
    facts
        What was seen and done.
    score
        The points.
    """
    truth = truth_of(incident)
    lesson = lesson_of(incident.kind)
    began = datetime.fromtimestamp(state.began, UTC)
    last = facts.play.answers[-1] if facts.play.answers else "none"
    happened = (
        f"On {began:%Y-%m-%d at %H:%M} UTC the shop had an incident, made for practice: seed "
        f"{incident.seed}, level {incident.level}. {truth} It was undone after "
        f"{_minutes(facts.elapsed_s)}."
    )
    answer = f"The investigation's answer: {last}. {score.total} of 100 points."
    about = (
        "It is about the system and not about people: everybody acted on what they knew. The same "
        f"incident again: `tracing-lab gameday --seed {incident.seed} --level {incident.level}`."
    )
    sections = (
        ReportSection("Summary", (happened, answer)),
        ReportSection("Impact on customers", *_impact(facts.orders)),
        ReportSection("What the services showed", *_changes(facts.signs)),
        ReportSection("Timeline", (), ("after", "what"), [*_timeline(state, facts.elapsed_s)]),
        ReportSection("Why such a thing happens", (lesson.why,)),
        ReportSection("How to see it", (lesson.look,)),
        ReportSection(
            "So that it does not happen again", tuple(f"- {item}" for item in lesson.actions)
        ),
        ReportSection("Score", (), ("part", "points", "of", "why"), score.rows()),
        ReportSection("About this report", (about,)),
    )
    return GameReport(f"Game day: seed {incident.seed}, level {incident.level}", truth, sections)


def truth_of(incident: GameIncident) -> str:
    """Return what was wrong, in a sentence or two."""
    others = ""
    if incident.noisy:
        others = (
            f" Meanwhile a batch job sent {' and '.join(incident.noisy)} invocations that failed, "
            "which no order had to do with."
        )
    if incident.cause == NOTHING:
        return f"Nothing was wrong with the shop.{others}"
    path = " -> ".join(incident.path)
    return f"{incident.fault} Path: {path}.{others}"


def signs_rows(signs: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return headers and cells of the services' vital signs."""
    rows = [
        [str(service), *(_sign(name, row[name]) for name in _SIGNS)]
        for service, row in signs.iterrows()
    ]
    return ["service", *_SIGNS], rows


def _sign(name: str, value: float) -> str:
    return "-" if math.isnan(value) else _SIGNS[name].format(value)


def _impact(
    orders: Mapping[str, pd.DataFrame],
) -> tuple[tuple[str, ...], tuple[str, ...], list[list[str]]]:
    rows = []
    for name, seen in orders.items():
        accepted = int((seen["status"] == _CREATED).sum())
        p50_ms, p95_ms = (seen["latency_s"].quantile([0.5, 0.95]) * 1000).round()
        rows.append([name, f"{accepted} of {len(seen)}", f"{p50_ms:.0f} ms", f"{p95_ms:.0f} ms"])
    headers = ("orders", "accepted", "median response", "95th percentile")
    return (
        ("What comes after the API's response, customers notice as late or missing mail.",),
        (headers),
        rows,
    )


def _changes(
    signs: Mapping[str, pd.DataFrame],
) -> tuple[tuple[str, ...], list[str], list[list[str]]]:
    (headers, healthy), (_, bad) = (signs_rows(signs[name]) for name in ("healthy", "incident"))
    rows = [
        [before[0], *(_both(old, new) for old, new in zip(before[1:], after[1:], strict=True))]
        for before, after in zip(healthy, bad, strict=True)
    ]
    return ("Before the incident, and in it where that differs.",), headers, rows


def _both(old: str, new: str) -> str:
    return old if old == new else f"{old} / {new}"


def _timeline(state: GameState, elapsed_s: float) -> Iterator[list[str]]:
    events = [(0.0, "the incident had begun, and the game began")]
    events += [(at_s, f"looked at: {what}") for at_s, what in state.queries]
    for answer in state.answers:
        path = " -> ".join(answer["path"]) or "no path"
        events.append((answer["at_s"], f"answer: {answer['kind']}, {answer['cause']}, {path}"))
    for change in state.changes:
        done = f"restored {', '.join(change['services'])}" if change["services"] else "own change"
        events.append((change["at_s"], f"{done}: {_EFFECTS[change['holds']]}"))
    events.append((elapsed_s, "the incident was undone"))
    for at_s, what in sorted(events, key=lambda event: event[0]):
        yield [_minutes(at_s), what]


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def _markdown(section: ReportSection) -> str:
    table = ""
    if section.rows:
        lines = [section.headers, ["---"] * len(section.headers), *section.rows]
        table = "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)
    joined = "\n" if any(line.startswith("- ") for line in section.lines) else "\n\n"
    return "\n\n".join(filter(None, [f"## {section.title}", joined.join(section.lines), table]))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _html(section: ReportSection) -> str:
    lines = [_html_line(line.removeprefix("- ")) for line in section.lines]
    is_list = bool(lines) and section.lines[0].startswith("- ")
    tag = "li" if is_list else "p"
    text = "".join(f"<{tag}>{line}</{tag}>" for line in lines)
    table = html_table(section.rows, headers=section.headers) if section.rows else ""
    return f"<h2>{escape(section.title)}</h2>{f'<ul>{text}</ul>' if is_list else text}{table}"


def _html_line(line: str) -> str:
    return _CODE.sub(r"<code>\1</code>", without_math(escape(line)))
