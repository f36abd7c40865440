"""Filter patterns of CloudWatch Logs: parse one once, match it against any number of messages.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

There are three kinds, told apart by how a pattern begins: ``{`` for JSON (`json_pattern`), ``[``
for space-delimited fields (`space_pattern`), anything else for terms (`terms`). Each module names
at its top what AWS does not document and what was chosen instead.
"""

from .compiling import LogPattern, compile_log_pattern
from .errors import LogPatternError
from .json_pattern import json_selector

__all__ = ["LogPattern", "LogPatternError", "compile_log_pattern", "json_selector"]
