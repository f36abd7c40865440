"""What several attributes of a span state together."""

from typing import Any

import pytest

from tracing_lab.otlp.conventions import joined_url

PRESENT = {"url.scheme": "http", "server.address": "shop", "url.path": "/orders"}
FORMER = {"http.scheme": "http", "net.host.name": "shop", "http.target": "/orders"}


@pytest.mark.parametrize(
    "attributes, expected",
    [
        ({**PRESENT, "server.port": 8080}, "http://shop:8080/orders"),
        ({**PRESENT, "server.port": "8080", "url.query": "a=1"}, "http://shop:8080/orders?a=1"),
        ({**PRESENT, "server.port": 80}, "http://shop/orders"),
        ({**PRESENT, "server.port": 443}, "http://shop:443/orders"),
        ({**PRESENT, "server.port": 443, "url.scheme": "https"}, "https://shop/orders"),
        ({**FORMER, "net.host.port": 8080}, "http://shop:8080/orders"),
        (
            {**FORMER, "net.host.port": 8080, "http.host": "shop.example"},
            "http://shop.example/orders",
        ),
        ({**PRESENT, "server.port": None}, "http://shop/orders"),
    ],
)
def test_a_url_has_the_port_unless_it_is_the_scheme_s(
    attributes: dict[str, Any], expected: str
) -> None:
    assert joined_url(attributes) == expected
