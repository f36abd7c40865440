"""When an endpoint counts as lost."""

from .answer import Answer

LOST_ORDERS = 10
"""So many orders in a row find no connection ..."""
LOST_S = 3.0
"""... over so many seconds, until the endpoint counts as lost."""


class Contact:
    """Detects from the results of orders whether the endpoint is lost.

    A network may fail for a moment, and a busy server may reject connections; so the endpoint
    counts as lost only after several orders in a row, over some seconds, without a connection.
    """

    def __init__(self) -> None:
        self._failures: list[Answer] = []  # since the last connection, in the order of their end

    def note(self, answer: Answer) -> None:
        """Note how an order ended."""
        if answer.connected:
            self._failures.clear()
        else:
            self._failures.append(answer)

    @property
    def lost(self) -> bool:
        """Whether the endpoint is lost."""
        if len(self._failures) < LOST_ORDERS:
            return False
        return self._failures[-1].finished_s - self._failures[0].sent_s >= LOST_S
