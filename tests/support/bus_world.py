"""One rule on the default bus, and a function that is its target."""

from pathlib import Path
from typing import Any

from specs import FakeCatalog

from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.model import Invocation, QueueMessage, RuleSpec, TargetSpec, Throttled
from tracing_lab.embedded.storage.durable_queue import DurableQueue

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
PAY, LETTERS = ARN.format("lambda", "function:pay"), ARN.format("sqs", "letters")
TARGET = TargetSpec("t", PAY, max_event_age_s=60.0, dead_letter_arn=LETTERS)
RULE = RuleSpec("all", ARN.format("events", "rule/all"), {"source": ["shop"]}, (TARGET,))
ENTRY = {
    "Source": "shop",
    "DetailType": "Order",
    "Detail": '{"total": 1.50, "gr\u00f6\u00dfe": "\u2028"}',
}


class World(FakeCatalog):
    """One rule on the default bus, and a function that takes events when it is free."""

    def __init__(self, *, free: bool = True, now_s: float = 1_795_435_200.0) -> None:
        super().__init__({"default": (RULE,)})
        self.free, self.now_s = free, now_s
        self.taken: list[Invocation] = []
        self.letters: list[QueueMessage] = []

    async def accept(self, invocation: Invocation) -> str:
        if not self.free:
            raise Throttled
        self.taken.append(invocation)
        return "r"

    async def send_message(self, message: QueueMessage) -> None:
        self.letters.append(message)

    def bus(self, path: Path, **options: Any) -> Bus:
        return Bus(
            catalog=self,
            accept=self.accept,
            send_message=self.send_message,
            clock=lambda: self.now_s,
            queue=DurableQueue(path),
            **options,
        )
