"""Builds what a target receives: the event, ``Input``, ``InputPath`` or ``InputTransformer``.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.arns import service_in
from tracing_lab.embedded.model import RuleSpec, TargetSpec

_PLACEHOLDER = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_PREDEFINED = frozenset((
    "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time",
    "aws.events.event", "aws.events.event.json",
))  # fmt: skip
_PATH_STEP = re.compile(r"\.(?P<name>[\w/\-]+|\*)|\[(?P<index>\d+|\*)\]|\['(?P<quoted>[^']+)'\]")


class InvalidInputError(ValueError):
    """A target's input settings are invalid."""


@dataclass(frozen=True)
class EventContent:
    """An event for targets.

    Parameters
    ----------
    content
        The parsed event.
    raw
        The event's JSON, which a target without transformation gets.
    ingestion_time
        When the bus received it, ISO 8601.
    """

    content: Mapping[str, Any]
    raw: bytes
    ingestion_time: str


def target_payload(event: EventContent, *, target: TargetSpec, rule: RuleSpec) -> bytes:
    """Return the JSON that a target receives for an event.

    Raises
    ------
    InvalidInputError
        The target's path is invalid.

    Examples
    --------
    >>> event = EventContent({"detail": {"id": 7}}, b'{"detail":{"id":7}}', "2026-01-01T00:00:00Z")
    >>> rule = RuleSpec("r", "arn:r", {}, ())
    >>> target_payload(event, target=TargetSpec("t", "arn:t", input_path="$.detail"), rule=rule)
    b'{"id":7}'
    """
    if target.input is not None:
        return target.input.encode()
    if target.input_path is not None:
        return _dump(extract(event.content, target.input_path)).encode()
    if target.input_transformer is not None:
        return _transformed(event, target, rule).encode()
    return event.raw


def extract(event: Any, path: str, *, missing: Any = None) -> Any:
    """Return the value at a JSON path of names, array indices and wildcards.

    Parameters
    ----------
    event
        Any JSON value.
    path
        The path, from ``$`` on.
    missing
        The result if there is no value.

    Returns
    -------
    The value; always a list if the path has a wildcard.

    Raises
    ------
    InvalidInputError
        The path is not in EventBridge's subset.

    Examples
    --------
    >>> extract({"detail": {"items": [{"sku": "a"}, {"sku": "b"}]}}, "$.detail.items[*].sku")
    ['a', 'b']
    """
    found, several = [event], False
    for step in _steps(path):
        several = several or step == "*"
        found = [child for node in found for child in _children(node, step)]
    if several:
        return found
    return found[0] if found else missing


def _steps(path: str) -> list[str | int]:
    if not path.startswith("$"):
        msg = f"JSON path {path!r} does not start with $; write for example $.detail.orderId"
        raise InvalidInputError(msg)
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        match = _PATH_STEP.match(path, position)
        if match is None:
            msg = f"JSON path {path!r} cannot be read from column {position + 1} on"
            raise InvalidInputError(msg)
        index = match["index"]
        name = match["name"] or match["quoted"] or index
        steps.append(int(index) if index and index != "*" else name)
        position = match.end()
    return steps


def _children(node: Any, step: str | int) -> list[Any]:
    if isinstance(step, int):
        return node[step : step + 1] if isinstance(node, list) else []
    if step == "*":
        nodes = node.values() if isinstance(node, Mapping) else node
        return [] if isinstance(nodes, str) or not isinstance(nodes, Iterable) else list(nodes)
    return [node[step]] if isinstance(node, Mapping) and step in node else []


def undefined_placeholders(transformer: Mapping[str, Any]) -> list[str]:
    """Return the placeholders of an ``InputTransformer`` that have neither a path nor a meaning.

    Examples
    --------
    >>> undefined_placeholders({"InputPathsMap": {"a": "$.id"}, "InputTemplate": '"<a> <b>"'})
    ['b']
    """
    known = _PREDEFINED | set(transformer.get("InputPathsMap") or ())
    names = _PLACEHOLDER.findall(transformer.get("InputTemplate") or "")
    return [name for name in names if name not in known]


def _transformed(event: EventContent, target: TargetSpec, rule: RuleSpec) -> str:
    transformer = target.input_transformer or {}
    template = str(transformer.get("InputTemplate", ""))
    paths = transformer.get("InputPathsMap") or {}
    values = {name: extract(event.content, path, missing="") for name, path in paths.items()}
    filled = fill_template(template, {**values, **_predefined(event, rule)})
    # Lambda accepts JSON only, so text becomes a JSON string; other targets get it as it is
    is_text = service_in(target.arn) == "lambda" and not _is_json(filled)
    return json.dumps(filled) if is_text else filled


def fill_template(template: str, values: Mapping[str, Any]) -> str:
    """Return a template with values in the place of ``<name>``.

    Outside of quotes a value is written as JSON; inside, strings are written as they are and
    objects without their double quotes. In a template of plain text, strings have no quotes. A
    placeholder without a value stays.

    Examples
    --------
    >>> fill_template('{"id": <id>, "text": "order <id> of <who>"}', {"id": 7, "who": "Ann"})
    '{"id": 7, "text": "order 7 of Ann"}'
    >>> fill_template("<who> ordered", {"who": "Ann"})
    'Ann ordered'
    """
    plain = template.lstrip()[:1] not in {"{", "[", '"'}
    pieces: list[str] = []
    position, quoted = 0, False
    for match in _PLACEHOLDER.finditer(template):
        between = template[position : match.start()]
        quoted ^= _toggles_quote(between)
        pieces.append(between)
        position = match.end()
        if match[1] not in values:
            pieces.append(match[0])
            continue
        value = values[match[1]]
        pieces.append(_inside_text(value, plain=plain) if quoted or plain else _dump(value))
    return "".join([*pieces, template[position:]])


def _toggles_quote(text: str) -> bool:
    return bool(re.sub(r"\\.", "", text, flags=re.DOTALL).count('"') % 2)


def _inside_text(value: Any, *, plain: bool) -> str:
    if isinstance(value, str):
        return value if plain else _dump(value)[1:-1]
    text = _dump(value)
    return text if plain else text.replace('"', "").replace("\\", "")


def _predefined(event: EventContent, rule: RuleSpec) -> dict[str, Any]:
    """Return the predefined variables; ``detail-type`` is spelled detailType, as on AWS."""
    head = {
        "detailType" if name == "detail-type" else name: value
        for name, value in event.content.items()
        if name != "detail"
    }
    return {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": event.ingestion_time,
        "aws.events.event": head,
        "aws.events.event.json": event.content,
    }


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
