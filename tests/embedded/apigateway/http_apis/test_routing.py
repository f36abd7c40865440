"""Which stage and route of an HTTP API a request reaches."""

from collections.abc import Sequence

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.http_apis.routing import HttpRoutes, stage_of
from tracing_lab.embedded.apigateway.http_apis.specs import HttpApiSpec, HttpStageSpec, RouteSpec

# The example of AWS's documentation.
PETS = (
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "ANY /{proxy+}",
    "$default",
)
PART = st.sampled_from(["a", "b", "{x}", "{y}"])
KEYS = st.lists(
    st.builds(
        lambda method, parts, greedy: f"{method} /{'/'.join([*parts, *(['{z+}'] * greedy)])}",
        st.sampled_from(["GET", "ANY"]),
        st.lists(PART, max_size=3),
        st.booleans(),
    )
    | st.just("$default"),
    max_size=6,
)


def found(keys: Sequence[str], method: str, path: str) -> tuple[str, dict[str, str]] | None:
    match = HttpRoutes([RouteSpec(key) for key in keys]).find(method, path)
    return None if match is None else (match.spec.key, match.path_parameters)


@pytest.mark.parametrize(
    "method, path, expected",
    [
        ("GET", "/pets/dog/1", ("GET /pets/dog/1", {})),
        ("GET", "/pets/dog/2", ("GET /pets/dog/{id}", {"id": "2"})),
        ("GET", "/pets/cat/1", ("GET /pets/{proxy+}", {"proxy": "cat/1"})),
        ("POST", "/test/5", ("ANY /{proxy+}", {"proxy": "test/5"})),
        ("POST", "/", ("$default", {})),
        ("GET", "/pets/dog%2F1", ("GET /pets/{proxy+}", {"proxy": "dog/1"})),
    ],
)
def test_the_most_specific_route_wins(
    method: str, path: str, expected: tuple[str, dict[str, str]]
) -> None:
    assert found(PETS, method, path) == expected
    assert found(PETS[::-1], method, path) == expected


def test_a_full_match_wins_over_a_greedy_one_with_more_text() -> None:
    assert found(["GET /a/{z+}", "GET /{x}/{y}"], "GET", "/a/b") == (
        "GET /{x}/{y}",
        {"x": "a", "y": "b"},
    )


def test_a_method_wins_over_any_on_one_path_only() -> None:
    keys = ["ANY /a", "GET /a", "GET /{x}"]
    assert [found(keys, method, "/a") for method in ("GET", "PUT")] == [
        ("GET /a", {}),
        ("ANY /a", {}),
    ]


@pytest.mark.parametrize("path", ["/a/", "//a", "/a//", "/a/b", "/A", "/"])
def test_a_slash_at_the_end_and_capitals_count(path: str) -> None:
    assert found(["GET /a"], "GET", path) is None


@pytest.mark.parametrize(
    "key, path", [("GET /{x}", "/"), ("GET /a/{z+}", "/a/"), ("GET /{z+}", "/")]
)
def test_parameters_are_not_empty(key: str, path: str) -> None:
    assert found([key], "GET", path) is None


@given(KEYS, st.lists(st.sampled_from(["a", "b", ""]), max_size=4))
def test_the_order_of_routes_does_not_matter(keys: list[str], parts: list[str]) -> None:
    path = "/" + "/".join(parts)
    distinct = list(dict.fromkeys(keys))
    match = found(distinct, "GET", path)
    if match is None:
        assert "$default" not in distinct
        return
    # of equally specific ones, such as /{x} and /{y}, any may win
    other = found(distinct[::-1], "GET", path)
    assert other is not None
    assert _shape(other[0]) == _shape(match[0])


def _shape(key: str) -> str:
    return key.replace("{y}", "{x}")


@pytest.mark.parametrize(
    "path, name, inner",
    [
        ("/prod/a", "prod", "/a"),
        ("/prod", "prod", "/"),
        ("//prod//a", "prod", "//a"),
        ("/%70rod/a", "prod", "/a"),
        ("/$default/a", "$default", "/a"),
        ("/production/a", "$default", "/production/a"),
        ("/", "$default", "/"),
    ],
)
def test_the_first_part_may_be_a_stage(path: str, name: str, inner: str) -> None:
    stages = {one: HttpStageSpec(one) for one in ("prod", "$default")}
    stage, rest = stage_of(HttpApiSpec("a1", "shop", stages), path)
    assert stage is not None
    assert (stage.name, rest) == (name, inner)


def test_without_a_default_stage_other_paths_reach_none() -> None:
    api = HttpApiSpec("a1", "shop", {"prod": HttpStageSpec("prod")})
    assert stage_of(api, "/other/a") == (None, "/other/a")
