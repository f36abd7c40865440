"""Finds runtimes that another version stands in for on this machine."""

import os
import threading
from collections.abc import Callable

from tracing_lab.embedded.functions.runtime.interpreters import substitution
from tracing_lab.embedded.protocol.api_call import ApiCall

_CALLS = frozenset({("lambda", "CreateFunction"), ("lambda", "UpdateFunctionConfiguration")})


class RuntimeNotes:
    """Checks each runtime that calls name, once.

    Parameters
    ----------
    remember
        Gets a sentence about a runtime that another version stands in for.
    """

    def __init__(self, remember: Callable[[str], None]) -> None:
        self._remember = remember
        self._seen: set[str] = set()

    def note(self, call: ApiCall) -> None:
        """Check the runtime of a call, if it names one, in the background.

        An interpreter that is a script may take half a second to say its version.
        """
        runtime = call.members.get("Runtime") if call.key in _CALLS else None
        if runtime and runtime not in self._seen:
            self._seen.add(runtime)
            threading.Thread(target=self._look, args=(str(runtime),), daemon=True).start()

    def clear(self) -> None:
        """Forget everything."""
        self._seen.clear()

    def _look(self, runtime: str) -> None:
        sentence = substitution(runtime, host=os.environ)
        if sentence is not None:
            self._remember(sentence)
