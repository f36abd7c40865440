"""Texts taken apart say the same as before, and refer only to what comes before."""

from hypothesis import given, strategies as st

from tracing_lab.infrastructure.expressions import Attribute, Place, Scope, scopes
from tracing_lab.stack import Resource, Site

SITE = Site("123456789012", "us-east-1")
BUS = "arn:aws:events:us-east-1:123456789012:event-bus/shop"
KNOWN = {BUS: Attribute("bus", "Arn"), "shop": Attribute("bus", "Name")}
VALUES = {attribute: text for text, attribute in KNOWN.items()} | {
    Place.PARTITION: "aws",
    Place.REGION: "us-east-1",
    Place.ACCOUNT: "123456789012",
}
PIECES = st.sampled_from(
    [BUS, "shop", "arn:aws:iam::123456789012:role/r", "123456789012", "us-east-1", "/", "${", "x"]
)


@given(st.lists(PIECES).map("".join))
def test_the_parts_of_a_text_are_the_text(text: str) -> None:
    parts = Scope(SITE, KNOWN).parts(text)
    assert "".join(part if isinstance(part, str) else VALUES[part] for part in parts) == text


def test_the_longest_name_wins_and_places_are_found_in_arns_only() -> None:
    scope = Scope(SITE, KNOWN)
    assert scope.parts(BUS) == (Attribute("bus", "Arn"),)
    assert scope.parts("us-east-1") == ("us-east-1",)
    assert scope.parts("arn:aws:iam::123456789012:role/r") == (
        "arn:",
        Place.PARTITION,
        ":iam:",
        ":",
        Place.ACCOUNT,
        ":role/r",
    )


def test_only_what_comes_before_is_referred_to() -> None:
    first = Resource(type="AWS::SQS::Queue", logical="first", name="one", properties={})
    then = Resource(
        type="AWS::SQS::Queue", logical="then", name="two", properties={}, depends_on=("first",)
    )
    found = scopes([first, then], SITE)
    assert found["first"].parts("two") == ("two",)
    assert found["then"].parts("one") == (Attribute("first", "Name"),)
