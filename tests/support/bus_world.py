"""One rule on the default bus, and a function that is its target."""

from pathlib import Path
from typing import Any

from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.model import (
    Invocation,
    QueueMessage,
    RuleSpec,
    TargetSpec,
    Throttled,
)
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


class World:
    """One rule on the default bus, and a function that takes events when it is free."""

    account_id, region = "123456789012", "us-east-1"

    def __init__(self, *, free: bool = True, now_s: float = 1_795_435_200.0) -> None:
        self.free, self.now_s = free, now_s
        self.taken: list[Invocation] = []
        self.letters: list[QueueMessage] = []

    def has_bus(self, name_or_arn: str) -> bool:
        return True

    def rules(self, bus_name_or_arn: str) -> tuple[RuleSpec, ...]:
        return (RULE,)

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        return True

    def function(self, name_or_arn: str, qualifier: str | None = None) -> Any:
        return None  # what runs does not matter here

    def stage(self, api_id: str, stage_name: str) -> Any:
        raise KeyError(api_id)

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
