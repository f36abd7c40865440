"""Which calls come from functions, judged by the process at the other end of the connection.

A key can be copied and a header written by anybody; who holds the other end of a loopback
connection is the kernel's word. It is asked once per connection.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .peers import Peer, is_held_by, is_held_still
from .process_tree import descendants

_T = TypeVar("_T")
_KEPT = 4096  # connections
_LOOKS = 10  # at the processes, while they change


@dataclass(frozen=True)
class FunctionProcess:
    """A process of a function: the first one of an environment.

    Parameters
    ----------
    pid
        Its id.
    name
        The function's name.
    access_key
        The only key of a function that it may use.
    """

    pid: int
    name: str
    access_key: str


STRANGER = FunctionProcess(0, "", "")
"""A process that some function started; of which environment cannot be told any more."""


class OncePerConnection(Generic[_T]):
    """Remembers what was decided about a connection.

    Parameters
    ----------
    decide
        Decides about a new one.
    """

    def __init__(self, decide: Callable[[Peer], _T]) -> None:
        self._decide = decide
        self._decided: OrderedDict[int, tuple[Peer, _T]] = OrderedDict()

    def __call__(self, peer: Peer) -> _T:
        """Return the decision about a connection, which has one `Peer` object as long as it lives.

        Parameters
        ----------
        peer
            The other end.
        """
        known = self._decided.get(id(peer))  # kept below, so the id is not another object's
        if known is not None:
            return known[1]
        decision = self._decide(peer)
        self._decided[id(peer)] = (peer, decision)
        if len(self._decided) > _KEPT:
            self._decided.popitem(last=False)
        return decision


class Callers:
    """Tells functions' calls from the user's.

    Parameters
    ----------
    processes
        Returns the processes of all environments that there are now.
    descendants
        Returns the processes that descend from one.
    """

    def __init__(
        self,
        processes: Callable[[], Iterable[FunctionProcess]],
        descendants: Callable[[int], list[int]] = descendants,
    ) -> None:
        self._processes = processes
        self._descendants = descendants
        self._of_connection = OncePerConnection(self._look_up)

    def function_of(self, peer: Peer | None) -> FunctionProcess | None:
        """Return the function process whose connection it is, or which started who has it.

        Parameters
        ----------
        peer
            The other end of a connection; None when the call came over none.

        Returns
        -------
        FunctionProcess or None
            None for a process that no function started: the user's. `STRANGER` when it descends
            from this server and its environment cannot be told, or is gone already.
        """
        return None if peer is None else self._of_connection(peer)

    def _look_up(self, peer: Peer) -> FunctionProcess | None:
        started = self._descendants(os.getpid())
        for _ in range(_LOOKS):
            for process in self._processes():
                if is_held_by(peer, (process.pid, *self._descendants(process.pid))):
                    return process
            if is_held_by(peer, started) or not is_held_still(peer):
                return STRANGER
            before, started = started, self._descendants(os.getpid())
            if before == started:  # else somebody may have handed it to a child while we looked
                return None
        return STRANGER
