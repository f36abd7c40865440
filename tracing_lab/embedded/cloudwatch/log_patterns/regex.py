r"""Regular expressions between percent signs, of which CloudWatch Logs allows a subset.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html,
"Supported regular expressions (regex) syntax": letters, digits, the symbols ``: _ # = @ / ; , -``,
the operators ``^ $ ? [ ] { } | \ * + .``, and no parentheses. Which spaces and apostrophes are
allowed is not documented; both are accepted here, because AWS's CDK generates patterns with them.
"""

import re
from collections.abc import Callable

from .errors import LogPatternError

_ALLOWED = re.compile(r"[A-Za-z0-9:_#=@/;,'\- ^$?\[\]{}|\\*+.]*")
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|[dDsSwW]|[^A-Za-z0-9]|.?)")
_LETTERS = "dDsSwW"


def regex_search(quoted: str) -> Callable[[str], bool]:
    """Return a function that searches a text for a regular expression.

    Parameters
    ----------
    quoted
        The expression with its percent signs.

    Raises
    ------
    LogPatternError
        If the expression uses what CloudWatch Logs does not support.

    Examples
    --------
    >>> regex_search("%WARN|ERR[0-9]%")("it is ERR7")
    True
    """
    text = quoted[1:-1]
    allowed = _ALLOWED.match(text)
    if not text or allowed is None or allowed.end() < len(text):
        _reject(quoted, "it is empty" if not text else "a character in it is not supported")
    for escape in _ESCAPE.finditer(text):
        name = escape[1]
        if not name or (name[0].isalnum() and name not in _LETTERS and len(name) == 1):
            _reject(quoted, f"the escape '{escape[0]}' is not supported")
    try:
        compiled = re.compile(text, re.ASCII)
    except (re.error, OverflowError) as error:
        _reject(quoted, str(error))
    return lambda subject: compiled.search(subject) is not None


def _reject(quoted: str, reason: str) -> None:
    msg = f"Invalid regular expression {quoted}: {reason}"
    raise LogPatternError(msg)
