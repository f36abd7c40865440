r"""Write Terraform's language from plain data.

Source: https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

_INDENT = "  "
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Expression:
    """Text that Terraform evaluates, such as ``var.aws_region``."""

    text: str


@dataclass(frozen=True)
class JsonText:
    """Data that Terraform encodes as JSON."""

    value: Any


@dataclass(frozen=True)
class Block:
    """A block such as ``resource "aws_iam_role" "order_role" { ... }``.

    Parameters
    ----------
    kind
        Its first word.
    labels
        The quoted words after that.
    body
        Attribute name to value.
    blocks
        Nested blocks.
    """

    kind: str
    labels: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    blocks: tuple["Block", ...] = ()


def hcl(blocks: Iterable[Block]) -> str:
    r"""Return blocks as the text of a file.

    Parameters
    ----------
    blocks
        In their order.

    Returns
    -------
    str
        The text, as ``terraform fmt`` would indent it.

    Examples
    --------
    >>> print(hcl([Block("variable", ("region",), {"default": "us-east-1"})]), end="")
    variable "region" {
      default = "us-east-1"
    }
    """
    return "\n".join("\n".join(_lines(block, "")) + "\n" for block in blocks)


def quoted(text: str) -> str:
    r"""Return quoted text in which nothing is evaluated.

    Returns
    -------
    str
        With its quotes.

    Examples
    --------
    >>> print(quoted('say "${x}"'))
    "say \"$${x}\""
    """
    return f'"{escaped(text)}"'


def escaped(text: str) -> str:
    """Return text with special characters escaped.

    Returns
    -------
    str
        Without quotes around it.
    """
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return plain.replace("${", "$${").replace("%{", "%%{")


def _lines(block: Block, indent: str) -> list[str]:
    head = " ".join([block.kind, *(f'"{label}"' for label in block.labels)])
    inner = indent + _INDENT
    lines = [f"{indent}{head} {{", *_entries(block.body, inner)]
    for number, nested in enumerate(block.blocks):
        lines += [*([""] if block.body or number else []), *_lines(nested, inner)]
    return [*lines, f"{indent}}}"]


def _entries(body: Mapping[str, Any], indent: str) -> list[str]:
    """Write ``name = value`` lines; align the equals signs of adjacent lines."""
    written = [(_key(name), _value(value, indent)) for name, value in body.items()]
    lines: list[str] = []
    for long, group in groupby(written, key=lambda entry: "\n" in entry[1]):
        entries = list(group)
        width = 0 if long else max(len(name) for name, _ in entries)
        lines += [f"{indent}{name.ljust(width)} = {text}" for name, text in entries]
    return lines


def _value(value: Any, indent: str) -> str:
    if isinstance(value, Expression):
        return value.text
    if isinstance(value, JsonText):
        return f"jsonencode({_value(value.value, indent)})"
    if isinstance(value, Mapping):
        return _object(value, indent)
    if isinstance(value, list | tuple):
        return _list(value, indent)
    return quoted(value) if isinstance(value, str) else json.dumps(value)


def _object(value: Mapping[str, Any], indent: str) -> str:
    if not value:
        return "{}"
    return "\n".join(["{", *_entries(value, indent + _INDENT), f"{indent}}}"])


def _list(value: Sequence[Any], indent: str) -> str:
    inner = indent + _INDENT
    written = [_value(item, inner) for item in value]
    if not any("\n" in text for text in written):
        return f"[{', '.join(written)}]"
    lines = [f"{inner}{text}," for text in written]
    return "\n".join(["[", *lines, f"{indent}]"])


def _key(key: str) -> str:
    return key if _IDENTIFIER.fullmatch(key) else quoted(key)
