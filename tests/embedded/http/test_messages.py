"""HTTP requests as the parts of the embedded AWS see them."""

from tracing_lab.embedded.http.messages import HttpRequest


def test_of_a_repeated_header_the_last_value_counts() -> None:
    request = HttpRequest("GET", "/", headers=(("Accept", "a"), ("Host", "h"), ("accept", "b")))
    assert request.header("ACCEPT") == "b"
    assert request.by_name["accept"] == ["a", "b"]
    assert request.header("Expect") is None
