"""A plan for people: the table of a terminal or a notebook, made from its JSON form."""

import json
from html import escape
from typing import Any

from tracing_lab._render import html_table, text_table

_SYMBOLS = {"create": "+", "update": "~", "replace": "-/+", "delete": "-"}
_HEADERS = ("", "type", "name", "change")
_MAX_VALUE = 60  # characters of a value that a table shows


def plan_text(plan: dict[str, Any]) -> str:
    """Write a plan as text.

    Parameters
    ----------
    plan
        What `Plan.to_json` gives.

    Returns
    -------
    str
        A table of steps, a line per change, and a summary.
    """
    parts = [text_table(_rows(plan), headers=_HEADERS)] if plan["steps"] else []
    return "\n".join([*parts, *_foreign(plan), summary(plan)])


def plan_html(plan: dict[str, Any]) -> str:
    """Write a plan as HTML for a notebook.

    Parameters
    ----------
    plan
        What `Plan.to_json` gives.

    Returns
    -------
    str
        A table with a summary as caption.
    """
    if not plan["steps"]:
        return "".join(f"<p>{escape(line)}</p>" for line in [*_foreign(plan), summary(plan)])
    table = html_table(_rows(plan), headers=_HEADERS, caption=summary(plan))
    return table + "".join(f"<p>{escape(line)}</p>" for line in _foreign(plan))


def summary(plan: dict[str, Any]) -> str:
    """Say in one line what a plan would do.

    Parameters
    ----------
    plan
        What `Plan.to_json` gives.

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
    symbol = _SYMBOLS[step["action"]]
    first = (symbol, step["type"].removeprefix("AWS::"), step["name"])
    if step["action"] in {"create", "delete"}:
        return [(*first, "")]
    changes = [_change_text(change) for change in step["changes"]] or [""]
    return [(*first, changes[0]), *(("", "", "", change) for change in changes[1:])]


def _change_text(change: dict[str, Any]) -> str:
    return f"{change['path']}: {_value_text(change['old'])} -> {_value_text(change['new'])}"


def _value_text(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= _MAX_VALUE else text[: _MAX_VALUE - 3] + "..."


def _foreign(plan: dict[str, Any]) -> list[str]:
    return [
        f"Left alone: {item['type']} {item['name']} does not carry this stack's tag."
        for item in plan["foreign"]
    ]
