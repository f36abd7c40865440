"""Stacks in their file."""

from pathlib import Path

from tracing_lab.embedded.cloudformation.records import ResourceRecord, Stack
from tracing_lab.embedded.cloudformation.store import FILE_NAME, StackStore

REGION = "eu-west-1"
ARN = f"arn:aws:cloudformation:{REGION}:123456789012:stack/shop/1"


def stack_with(*names: str) -> Stack:
    stack = Stack(ARN, "shop", REGION, "CREATE_COMPLETE", 1.0, template="t" * 5000)
    for name in names:
        add(stack, name)
    return stack


def add(stack: Stack, name: str) -> None:
    properties = {"Text": "x" * 1000}
    stack.resources[name] = ResourceRecord("AWS::SQS::Queue", "", 1.0, properties=properties)
    stack.note(1.0, name, "CREATE_COMPLETE")


def reopened(folder: Path) -> Stack | None:
    store = StackStore(folder)
    found = store.find(REGION, "shop")
    store.close()
    return found


def test_a_stack_is_as_it_was_stored(tmp_path: Path) -> None:
    store, stack = StackStore(tmp_path), stack_with("A", "B")
    store.save(stack)
    add(stack, "C")
    store.keep_event(stack, "C")
    store.close()
    assert reopened(tmp_path) == stack


def test_what_a_stack_no_longer_has_is_forgotten(tmp_path: Path) -> None:
    store, stack = StackStore(tmp_path), stack_with("A", "B")
    store.save(stack)
    del stack.resources["A"]
    stack.events = stack.events[1:]
    store.save(stack)
    store.close()
    assert reopened(tmp_path) == stack


def test_a_step_is_stored_without_the_rest_of_its_stack(tmp_path: Path) -> None:
    store, stack = StackStore(tmp_path), stack_with()
    store.save(stack)
    for number in range(100):
        add(stack, f"R{number}")
        store.keep_event(stack, f"R{number}")
    store.close()
    assert (tmp_path / FILE_NAME).stat().st_size < 250_000
