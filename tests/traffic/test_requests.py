"""Requests of any kind, on schedule."""

import pytest
from orders_server import created, serving

from tracing_lab.errors import EndpointUnreachableError, TrafficError
from tracing_lab.traffic import TimedRequest, fire_requests


def test_requests_go_where_they_say_and_the_log_has_their_order() -> None:
    with serving(created) as server:
        base = f"http://127.0.0.1:{server.server_port}"
        late = TimedRequest(0.05, f"{base}/one/a", {"run": 1})
        early = TimedRequest(0.0, f"{base}/two/b", {"run": 2})
        log = fire_requests([late, early], endpoint_url=base)
    sent = {(path, body["run"]) for path, _, body in server.requests}
    assert sent == {("/one/a", 1), ("/two/b", 2)}
    assert log["status"].tolist() == [201, 201]
    later, first = log["scheduled"]
    assert later > first
    headers = {header for _, header, _ in server.requests}
    assert all(any(trace_id in header for header in headers) for trace_id in log["trace_id"])


def test_no_requests_are_an_error() -> None:
    with pytest.raises(TrafficError, match="no requests to send"):
        fire_requests([], endpoint_url=None)


def test_an_address_at_which_nobody_answers_is_an_error() -> None:
    with serving(created) as server:
        port = server.server_port
    requests = [TimedRequest(0.0, f"http://127.0.0.1:{port}/a", {})]
    with pytest.raises(EndpointUnreachableError, match=f"127.0.0.1:{port}"):
        fire_requests(requests, endpoint_url=f"http://127.0.0.1:{port}")
