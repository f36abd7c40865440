"""Render a plan's JSON form as the table of a terminal or a notebook."""

import json
import re
from html import escape
from typing import Any

from tracing_lab.tables import html_table, text_table

_SYMBOLS = {"create": "+", "update": "~", "replace": "-/+", "delete": "-"}
_HEADERS = ("", "type", "name", "change")
_DRIFT_HEADERS = ("type", "name", "path", "found", "should be", "cause")
INJECTED, BY_HAND = "injected fault", "by hand"
_MAX_VALUE = 60  # characters of a value that a table shows
_UNKNOWN = re.compile(r"\$\{[a-z][a-z-]*\.[A-Za-z]+\}")  # an unresolved reference


def plan_text(plan: dict[str, Any]) -> str:
    """Return a plan as text: a table of steps, a line per change, and a summary.

    Parameters
    ----------
    plan
        What `Plan.to_json` returns.
    """
    parts = [text_table(_rows(plan), headers=_HEADERS)] if plan["steps"] else []
    return "\n".join([*parts, *_foreign(plan), summary(plan)])


def plan_details(plan: dict[str, Any]) -> str:
    """Return a plan as text with every attribute: a paragraph per step, and a summary.

    Parameters
    ----------
    plan
        What `Plan.to_json` returns.
    """
    steps = [_paragraph(step) for step in plan["steps"]]
    return "\n\n".join([*steps, *_foreign(plan), summary(plan)])


def drift_text(plan: dict[str, Any]) -> str:
    """Return drift as text.

    Parameters
    ----------
    plan
        What `Plan.to_json` returns: the correcting steps.

    Returns
    -------
    str
        A line per difference with the actual and the wanted value, and a summary. If some are
        injected faults, each line says whether it is.
    """
    rows = _all_drift_rows(plan)
    table = [text_table(rows, headers=_DRIFT_HEADERS[: len(rows[0])])] if rows else []
    return "\n".join([*table, _drift_summary(plan, len(rows))])


def drift_html(plan: dict[str, Any]) -> str:
    """Return drift as HTML for a notebook.

    Parameters
    ----------
    plan
        What `Plan.to_json` returns: the correcting steps.

    Returns
    -------
    str
        A table with a summary as caption.
    """
    rows = _all_drift_rows(plan)
    text = _drift_summary(plan, len(rows))
    if not rows:
        return f"<p>{text}</p>"
    return html_table(rows, headers=_DRIFT_HEADERS[: len(rows[0])], caption=text)


def plan_html(plan: dict[str, Any]) -> str:
    """Return a plan as HTML for a notebook: a table with a summary as caption.

    Parameters
    ----------
    plan
        What `Plan.to_json` returns.
    """
    if not plan["steps"]:
        return "".join(f"<p>{escape(line)}</p>" for line in [*_foreign(plan), summary(plan)])
    table = html_table(_rows(plan), headers=_HEADERS, caption=summary(plan))
    details = f"<pre>{escape(plan_details(plan))}</pre>"
    folded = f"<details><summary>Every attribute</summary>{details}</details>"
    return table + "".join(f"<p>{escape(line)}</p>" for line in _foreign(plan)) + folded


def summary(plan: dict[str, Any]) -> str:
    """Return one line about what a plan would do.

    Parameters
    ----------
    plan
        What `Plan.to_json` returns.

    Returns
    -------
    str
        For example ``Plan for shop-dev: 3 to create, 1 to update.``

    Examples
    --------
    >>> summary({"stack": "shop-dev", "steps": [], "summary": {}})
    'Nothing to do: shop-dev is as wanted.'
    """
    if not plan["steps"]:
        return f"Nothing to do: {plan['stack']} is as wanted."
    counts = [f"{count} to {action}" for action, count in plan["summary"].items() if count]
    return f"Plan for {plan['stack']}: {', '.join(counts)}."


def _rows(plan: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [row for step in plan["steps"] for row in _step_rows(step)]


def _step_rows(step: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    first = (_SYMBOLS[step["action"]], _short(step["type"]), step["name"])
    if step["action"] in {"create", "delete"}:
        return [(*first, "")]
    changes = [_change_text(change, most=_MAX_VALUE) for change in step["changes"]] or [""]
    lines = [*changes, f"because {step['reason']}"] if "reason" in step else changes
    return [(*first, lines[0]), *(("", "", "", line) for line in lines[1:])]


def _paragraph(step: dict[str, Any]) -> str:
    symbol, action = _SYMBOLS[step["action"]], step["action"]
    because = f", because {step['reason']}" if "reason" in step else ""
    head = f"{symbol} {action} {_short(step['type'])} {step['name']}{because}"
    one_sided = {"create": "new", "delete": "old"}.get(action)
    lines = [
        f"{change['path']}: {_value_text(change[one_sided])}" if one_sided else _change_text(change)
        for change in step["changes"]
    ]
    return "\n".join([head, *(f"    {line}" for line in lines)])


def _drift_summary(plan: dict[str, Any], count: int) -> str:
    if not count:
        return f"No drift: {plan['stack']} is as it was applied."
    where = f"{len(plan['steps'])} resource{'s' if len(plan['steps']) > 1 else ''}"
    differences = f"{count} difference{'s' if count > 1 else ''}"
    faults = _count_of_faults(plan)
    if not faults:
        return f"Drift of {plan['stack']}: {differences} in {where}. Run apply to revert."
    return (
        f"Drift of {plan['stack']}: {differences} in {where}, {faults} of them injected by "
        "tl.faults. Run faults.clear to undo these, or apply to revert all."
    )


def _count_of_faults(plan: dict[str, Any]) -> int:
    changes = (change for step in plan["steps"] for change in step["changes"])
    return sum(change.get("cause") == INJECTED for change in changes)


def _all_drift_rows(plan: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = [row for step in plan["steps"] for row in _drift_rows(step)]
    return rows if _count_of_faults(plan) else [row[:-1] for row in rows]


def _drift_rows(step: dict[str, Any]) -> list[tuple[str, ...]]:
    first = (_short(step["type"]), step["name"])
    if step["action"] == "create":
        return [(*first, "", "nothing", "exists", BY_HAND)]
    if step["action"] == "delete":
        return [(*first, "", "exists", "nothing", BY_HAND)]
    return [
        (
            *first,
            change["path"],
            _value_text(change["old"], most=_MAX_VALUE),
            _value_text(change["new"], most=_MAX_VALUE),
            change.get("cause", BY_HAND),
        )
        for change in step["changes"]
    ]


def _short(type_: str) -> str:
    return type_.removeprefix("AWS::")


def _change_text(change: dict[str, Any], *, most: int | None = None) -> str:
    old, new = (_value_text(change[side], most=most) for side in ("old", "new"))
    return f"{change['path']}: {old} -> {new}"


def _value_text(value: object, *, most: int | None = None) -> str:
    if isinstance(value, str) and _UNKNOWN.fullmatch(value):
        return "(known after apply)"
    text = json.dumps(value, default=str)
    return text if most is None or len(text) <= most else text[: most - 3] + "..."


def _foreign(plan: dict[str, Any]) -> list[str]:
    return [
        f"Left alone: {item['type']} {item['name']} does not carry this stack's tag."
        for item in plan["foreign"]
    ]
