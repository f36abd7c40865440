"""Clients with canned responses, and a facade over them."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tracing_lab.aws import Aws, Caller
from tracing_lab.config import Config

EMULATOR = Config(endpoint_url="http://127.0.0.1:9")


def refusal(
    code: str, text: str = "no", operation: str = "CreateFunction", status: int = 400
) -> ClientError:
    metadata = {"RequestId": "req-1", "HTTPStatusCode": status}
    answer: Any = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": metadata}
    return ClientError(answer, operation)


class FakeClient:
    """Returns the next canned response for every operation; raises errors."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, operation: str) -> Any:
        def call(**params: Any) -> Any:
            self.calls.append((operation, params))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def caller(client: FakeClient, waits: list[float], endpoint_url: str | None = None) -> Caller:
    return Caller(
        lambda service: client, endpoint_url=endpoint_url, sleep=waits.append, uniform=max
    )


def aws(client: FakeClient) -> Aws:
    return Aws(EMULATOR, client_factory=lambda service: client, sleep=lambda seconds: None)


def paged(*pages: dict[str, Any]) -> tuple[Aws, list[dict[str, Any]]]:
    """Return a facade whose every operation has these pages, and the list of its calls."""
    asked: list[dict[str, Any]] = []

    def respond(**params: Any) -> Any:
        asked.append(params)
        number = int(params.get("NextToken", 0))
        last = number + 1 == len(pages)
        return pages[number] if last else {**pages[number], "NextToken": str(number + 1)}

    return Aws(EMULATOR, client_factory=lambda service: _Always(respond)), asked


class _Always:
    """Responds to every operation in one way."""

    def __init__(self, respond: Callable[..., Any]) -> None:
        self._respond = respond

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return self._respond
