"""Structured logs: one JSON object a line on standard output, which Lambda sends to CloudWatch."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

WriteLine = Callable[[str], object]
"""Writes a line; the line comes without its end."""


def write_stdout(line: str) -> None:
    """Write a line to standard output, in one piece so that lines never mix.

    Parameters
    ----------
    line
        The line without its end.
    """
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def json_line(document: dict[str, Any]) -> str:
    r"""Return a JSON object as one line.

    Parameters
    ----------
    document
        What to write; values that JSON does not know are written as text.

    Returns
    -------
    str
        The line without its end.

    Examples
    --------
    >>> json_line({"level": "INFO", "message": "two\nlines"})
    '{"level":"INFO","message":"two\\nlines"}'
    """
    return json.dumps(document, separators=(",", ":"), default=str)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Logger:
    """Writes log lines that carry the fields it is bound to.

    Parameters
    ----------
    service
        The service's name.
    fields
        What every line carries besides: the trace id and the request id of the invocation.
    write
        Where lines go.
    now
        The clock.
    """

    service: str
    fields: dict[str, Any] = field(default_factory=dict)
    write: WriteLine = write_stdout
    now: Callable[[], datetime] = _now

    def bind(self, **fields: Any) -> "Logger":
        """Return a logger whose lines also carry these fields.

        Parameters
        ----------
        fields
            Values by name.

        Returns
        -------
        Logger
            A new logger; this one stays as it is.
        """
        return replace(self, fields={**self.fields, **fields})

    def info(self, message: str, **fields: Any) -> None:
        """Log what happened.

        Parameters
        ----------
        message
            What happened.
        fields
            Details by name: ids and amounts, nothing personal.
        """
        self._log("INFO", message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """Log what someone should know.

        Parameters
        ----------
        message
            What happened.
        fields
            Details by name: ids and amounts, nothing personal.
        """
        self._log("WARNING", message, fields)

    def exception(self, message: str, **fields: Any) -> None:
        """Log what failed.

        Parameters
        ----------
        message
            What happened.
        fields
            Details by name: ids and amounts, nothing personal.
        """
        self._log("ERROR", message, fields)

    def _log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        line = {
            "timestamp": self.now().isoformat(timespec="milliseconds"),
            "level": level,
            "service": self.service,
            "message": message,
            **self.fields,
            **fields,
        }
        self.write(json_line(line))
