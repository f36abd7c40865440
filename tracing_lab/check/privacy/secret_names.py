"""Names whose values are secrets. Pure.

A value counts by the name directly before it, if a secret's word is anywhere in that name. A name
counts for all that lies deeper, in lists and members, only if it ends in such a word: what a
``token_usage`` or a ``password_policy`` consists of is no secret.
"""

import re
from typing import Final

from .kinds import KEY, TOKEN

_WORD: Final = (
    r"password|passwd|secret(?!s?[_-]?manager)|token(?!i[sz])|api[_-]?key|authorization|credential"
    r"|session[_-]?id"
)
_SECRET: Final = re.compile(_WORD, re.IGNORECASE)
_SECRET_KEY: Final = re.compile(r"secret[_-]?(?:access[_-]?)?key", re.IGNORECASE)
_HOLDER: Final = re.compile(
    rf"(?:{_WORD}|{_SECRET_KEY.pattern})s?(?:[_-]?(?:values?|hash(?:es)?|headers?|data|\d+))?$",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(  # a secret's name or type is none; a session's id is one
    r"(?<!(?i:session))(?:(?i:[_-](?:name|arn|type|id|at))|(?<=[a-z\d])(?:Name|Arn|ARN|Type|Id|ID|At))$"
)
_COUNTED: Final = re.compile(
    r"tokens$|token[_-]?(?:count|limit|usage|used|length|size|total|budget|ttl|expir)",
    re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"[\d.,]+[)\]]?")
_LITERAL: Final = re.compile(r"[\[({]*(?:null|true|false|none|undefined)[\])}]*", re.IGNORECASE)
_LEAST: Final = 4


def named_secret(name: str) -> str | None:
    """Return the kind of secret that a member's name says its value is; None for other names.

    Examples
    --------
    >>> named_secret("db_password"), named_secret("aws_secret_access_key"), named_secret("order_id")
    ('token', 'key', None)
    """
    if _ABOUT.search(name):
        return None
    if _SECRET_KEY.search(name):
        return KEY
    return TOKEN if _SECRET.search(name) else None


def holds_secrets(name: str) -> bool:
    """Return whether all that lies below a member of this name is secret.

    Examples
    --------
    >>> holds_secrets("X-Api-Key"), holds_secrets("credentials"), holds_secrets("token_usage")
    (True, True, False)
    """
    return _HOLDER.search(name) is not None


def secret_kind(name: str, value: str) -> str | None:
    """Return the kind of secret that a value is because of its name; None if it is none.

    Parameters
    ----------
    name
        The name directly before it, or one that holds it.
    value
        The value. What is too short is none, nor is a number of tokens, nor ``null`` or ``true``.

    Examples
    --------
    >>> secret_kind("session_token", "1234"), secret_kind("token_count", "1234")
    ('token', None)
    """
    is_text = len(value) >= _LEAST and any(map(str.isalnum, value))
    if not is_text or _LITERAL.fullmatch(value):
        return None
    is_count = _COUNTED.search(name) and _NUMBER.fullmatch(value)
    return None if is_count else named_secret(name)


def secret_kind_at(path: str, value: str) -> str | None:
    """Return the kind of secret that a value is because of a name on the path to it.

    Parameters
    ----------
    path
        The members that lead to it, with numbers for places in lists.
    value
        The value.

    Examples
    --------
    >>> secret_kind_at("headers.X-Api-Key.0", "0123abcd"), secret_kind_at("tokens.used", "1500")
    ('token', None)
    """
    *above, last = path.split(".")
    holders = [name for name in reversed(above) if holds_secrets(name)]
    kinds = (secret_kind(name, value) for name in (last, *holders))
    return next(filter(None, kinds), None)
