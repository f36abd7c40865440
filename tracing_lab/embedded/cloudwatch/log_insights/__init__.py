"""A subset of the query language of CloudWatch Logs Insights. Pure.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html

Commands: ``fields``, ``display``, ``filter``, ``parse`` (glob and regular expression), ``stats``,
``sort``, ``limit`` and ``dedup``. Other commands and functions are rejected by name, so that no
query returns wrong results.

`scanner` reads tokens, `parser` and `expression_parser` build the plain data of `syntax`,
`compiling` turns expressions into functions (using `functions` and `values`),
`discovery` finds the fields of log events, and `running` sends them through a query's commands
(`aggregation` is ``stats``).
"""

from .errors import MalformedQueryError
from .parser import parse_query
from .records import LogRecord
from .running import QueryCancelledError, QueryResult, run_query
from .syntax import Query

__all__ = [
    "LogRecord",
    "MalformedQueryError",
    "Query",
    "QueryCancelledError",
    "QueryResult",
    "parse_query",
    "run_query",
]
