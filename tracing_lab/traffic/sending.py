"""Send a load from start to end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tracing_lab.stack.outputs import Outputs

from .answer import Answer
from .contact import Contact
from .load import TrafficLoad
from .orders import Order
from .pacing import SendClock, closed_loop, open_loop
from .sender import OrderTarget, Sender


@dataclass(frozen=True)
class LoadPlan:
    """What is sent where, made before anything is sent.

    Parameters
    ----------
    target
        Where orders go.
    orders
        The orders.
    offsets
        When each is sent, in seconds from the start; None in a closed loop.
    load
        What was asked for.
    """

    target: OrderTarget
    orders: Sequence[Order]
    offsets: Sequence[float] | None
    load: TrafficLoad

    @classmethod
    def of(cls, outputs: Outputs, load: TrafficLoad) -> "LoadPlan":
        """Return the plan of a load for a stack."""
        target = OrderTarget(outputs.api_endpoint, outputs.api_key, load.timeout_s, load.sampled)
        if load.workers is not None:
            return cls(target, load.made_orders(load.orders), None, load)
        offsets = load.offsets()
        return cls(target, load.made_orders(len(offsets)), offsets, load)

    async def send(self, on_answer: Callable[[Answer], None]) -> bool:
        """Send the orders; return False if the endpoint was lost, so that the rest is not sent.

        When it is cancelled, orders without a response yet are reported without a status.
        """
        contact, clock = Contact(), SendClock()

        def note(answer: Answer) -> None:
            contact.note(answer)
            on_answer(answer)

        async with self.target.session() as session:
            sender = Sender(self.target, session, note, clock)
            return await self._paced(sender, contact, clock)

    async def _paced(self, sender: Sender, contact: Contact, clock: SendClock) -> bool:
        def is_lost() -> bool:
            return contact.lost

        if self.offsets is not None:
            requests = list(zip(self.offsets, self.orders, strict=True))
            return await open_loop(requests, sender.send, is_lost=is_lost, clock=clock)
        workers, think_s = self.load.workers or 1, self.load.think_s
        return await closed_loop(
            self.orders,
            sender.send,
            workers=workers,
            think_s=think_s,
            is_lost=is_lost,
            clock=clock,
        )
