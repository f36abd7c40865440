"""Routing of REST API requests."""

import pytest

from tracing_lab.embedded.apigateway.routing import Routes
from tracing_lab.embedded.model import MethodSpec


def routes(*specs: str) -> Routes:
    pairs = [spec.split(" ") for spec in specs]
    return Routes([MethodSpec(f"{verb} {path}", path, verb, "MOCK") for verb, path in pairs])


SHOP = routes(
    "ANY /{proxy+}",
    "GET /",
    "GET /orders/{id}",
    "ANY /orders/{id}",
    "GET /orders/latest",
    "GET /{kind}/latest",
    "POST /files/{path+}",
    "GET /caf\u00e9",
)


@pytest.mark.parametrize(
    "method, path, resource, parameters",
    [
        ("GET", "/", "GET /", {}),
        ("GET", "/orders/latest", "GET /orders/latest", {}),
        ("GET", "/orders/7", "GET /orders/{id}", {"id": "7"}),
        ("GET", "/orders/7/", "GET /orders/{id}", {"id": "7"}),
        ("PUT", "/orders/7", "ANY /orders/{id}", {"id": "7"}),
        ("GET", "/carts/latest", "GET /{kind}/latest", {"kind": "carts"}),
        ("POST", "/files/a/b%2Fc", "POST /files/{path+}", {"path": "a/b%2Fc"}),
        ("GET", "/files/a", "ANY /{proxy+}", {"proxy": "files/a"}),
        ("POST", "/files", "ANY /{proxy+}", {"proxy": "files"}),
        ("GET", "/caf%C3%A9", "GET /caf\u00e9", {}),
        ("GET", "/orders/a%20b", "GET /orders/{id}", {"id": "a%20b"}),
        ("GET", "/orders//x", "ANY /{proxy+}", {"proxy": "orders//x"}),
    ],
)
def test_the_most_specific_resource_serves(
    method: str, path: str, resource: str, parameters: dict[str, str]
) -> None:
    route = SHOP.find(method, path)
    assert route is not None
    assert (route.method.resource_id, route.path_parameters) == (resource, parameters)


@pytest.mark.parametrize(
    "method, path",
    [
        ("GET", "/orders/"),
        ("GET", "/orders"),
        ("GET", "/orders/7/items"),
        ("DELETE", "/orders/7"),
        ("GET", "/ORDERS/7"),
        ("GET", "/files"),
    ],
)
def test_unknown_paths_and_verbs_have_no_route(method: str, path: str) -> None:
    assert routes("GET /orders/{id}", "GET /files/{path+}").find(method, path) is None
