"""Texts taken apart say the same as before, and refer only to what comes before."""

from hypothesis import given, strategies as st
from stacks import NAMES

from tracing_lab.infrastructure.expressions import parts_within, scopes
from tracing_lab.stack import Attribute, LocationKind, Part, Resource, Text, output

BUS = NAMES.bus_arn
PIECES = st.sampled_from([BUS, NAMES.bus, NAMES.role_arn("order"), "123456789012", "/", "${", "x"])


def shape(text: str, *scope: str) -> list[object]:
    """Return the parts of a text: strings, what is referred to, and locations."""
    return [_short(part) for part in parts_within(text, set(scope))]


def _short(part: Part) -> object:
    if isinstance(part, Attribute):
        return part.logical, part.name
    return part if isinstance(part, str) else part.kind


@given(st.lists(PIECES), st.sets(st.sampled_from(["bus", "order-role"])))
def test_the_parts_of_a_text_are_the_text(pieces: list[str], scope: set[str]) -> None:
    assert "".join(map(str, parts_within(Text(*pieces), scope))) == "".join(pieces)


def test_what_is_in_scope_is_one_reference_and_all_else_has_locations_in_arns_only() -> None:
    assert shape(BUS, "bus") == [("bus", "Arn")]
    assert shape(Text("us-east-1/", NAMES.bus), "bus") == ["us-east-1/", ("bus", "Name")]
    in_arn = [
        "arn:",
        LocationKind.PARTITION,
        ":events:",
        LocationKind.REGION,
        ":",
        LocationKind.ACCOUNT,
        ":",
    ]
    assert shape(BUS) == [*in_arn, "event-bus/", str(NAMES.bus)]
    assert shape(NAMES.rule_arn("order"), "bus")[8] == ("bus", "Name")


def test_a_text_of_the_user_refers_to_nothing() -> None:
    assert shape(str(BUS), "bus") == [BUS]
    assert shape("${api.Id}", "api") == ["${api.Id}"]


def test_what_is_known_only_after_creation_is_a_reference_in_any_case() -> None:
    assert shape(Text(output("api"), "/prod")) == [("api", "Id"), "/prod"]


def test_only_what_comes_before_is_referred_to() -> None:
    first, then = (
        Resource(type="T", logical=name, name=name, properties={}, depends_on=needs)
        for name, needs in (("first", ()), ("then", ("first", "elsewhere")))
    )
    last = Resource(type="T", logical="last", name="l", properties={}, depends_on=("then",))
    assert scopes([first, then, last]) == {
        "first": set(),
        "then": {"first"},
        "last": {"first", "then"},
    }
