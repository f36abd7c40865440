"""Filter expressions mean what a plain reading of the processed documents says they mean."""

from collections.abc import Iterator
from typing import Any

from hypothesis import event, given, strategies as st

from tracing_lab.embedded.xray.derive.facts import facts_of
from tracing_lab.embedded.xray.derive.graph import observe
from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.embedded.xray.derive.summaries import summarise
from tracing_lab.embedded.xray.derive.tree import ProcessedTrace
from tracing_lab.filters import FactColumns, TraceFacts, chooser, matcher, parse

TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
NAMES = ["a", "b", "Events"]


def parts(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield document
    for one in document.get("subsegments", []):
        yield from parts(one)


class Reading:
    """Evaluates nested tuples over the documents of a trace, with nothing precomputed."""

    def __init__(self, trace: ProcessedTrace) -> None:
        self.segments = [one for one in trace.segments if one.get("type") != "subsegment"]
        self.everything = [part for one in trace.segments for part in parts(one)]
        parentless = [one for one in self.segments if "parent_id" not in one]
        known = {one["id"] for one in self.everything}
        lost = [one for one in self.segments if one.get("parent_id") not in known]
        self.entries = parentless or lost[:1] or self.segments[:1]
        self.root = self.entries[0]

    def holds(self, form: tuple[Any, ...]) -> bool:  # noqa: PLR0911 - a line for each form
        match form:
            case ("and", *inner):
                return all(self.holds(one) for one in inner)
            case ("or", *inner):
                return any(self.holds(one) for one in inner)
            case ("not", inner):
                return not self.holds(inner)
            case ("annotation", key, value):
                return any(self.has(part, key, value) for part in self.everything)
            case ("service", name, inner):
                return any(
                    name in (None, one["name"]) and self.entity(one, inner) for one in self.segments
                )
            case ("edge", source, target, inner):
                return any(
                    (source, target) == names and self.entity(seen, inner)
                    for names, seen in self.calls()
                )
        return self.entity(self.root, form, at_root=True)

    def has(self, part: dict[str, Any], key: str, value: Any) -> bool:
        found = part.get("annotations", {}).get(key)
        return type(found) is type(value) and found == value

    def calls(self) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
        for called in self.segments:
            for caller in self.segments:
                for part in parts(caller):
                    if part["id"] == called.get("parent_id"):
                        seen = called if caller.get("inferred") else part
                        yield (caller["name"], called["name"]), seen

    def entity(  # noqa: PLR0911 - a line for each form
        self, one: dict[str, Any], form: tuple[Any, ...] | None, *, at_root: bool = False
    ) -> bool:
        closed = "end_time" in one and not one.get("in_progress")
        flags = {"error": one.get("error") or one.get("throttle"), "fault": one.get("fault")}
        status = one.get("http", {}).get("response", {}).get("status")
        match form:
            case None:
                return True
            case ("error" | "fault" as flag,):
                return bool(flags[flag])
            case ("throttle",):
                return bool(one.get("throttle"))
            case ("ok",):
                fine = status is None or str(status).startswith("2")
                return closed and fine and not any(flags.values())
            case ("root",):
                return any(one is entry for entry in self.entries)
            case ("partial",) if at_root:
                return any(
                    "end_time" not in part for part in self.segments if not part.get("inferred")
                )
            case ("partial",):
                return not closed
            case ("status", limit):
                return status is not None and status >= limit
            case ("responsetime", limit):
                return closed and round(one["end_time"] - one["start_time"], 3) > limit
        raise AssertionError(form)


def written(form: tuple[Any, ...]) -> str:  # noqa: PLR0911 - a line for each form
    """Write a form as a filter expression."""
    match form:
        case ("and" | "or" as word, *inner):
            return f" {word} ".join(f"({written(one)})" for one in inner)
        case ("not", inner):
            return f"!({written(inner)})"
        case ("annotation", key, str(value)):
            return f'annotation[{key}] = "{value}"'
        case ("annotation", key, value):
            return f"annotation.{key} = {str(value).lower()}"
        case ("service", name, inner):
            head = "service()" if name is None else f'service("{name}")'
            return head + ("" if inner is None else f" {{ {written(inner)} }}")
        case ("edge", source, target, inner):
            head = f'edge("{source}", "{target}")'
            return head + ("" if inner is None else f" {{ {written(inner)} }}")
        case ("status", limit):
            return f"http.status >= {limit}"
        case ("responsetime", limit):
            return f"responsetime > {limit}"
    return str(form[0])


request = st.one_of(
    st.sampled_from([("ok",), ("error",), ("fault",), ("throttle",), ("partial",)]),
    st.tuples(st.just("status"), st.sampled_from([200, 404, 500])),
    st.tuples(st.just("responsetime"), st.sampled_from([0.05, 0.15, 0.25])),
)
names = st.sampled_from(NAMES)
leaves = st.one_of(
    request,
    st.tuples(
        st.just("annotation"), st.sampled_from(["k", "l"]), st.sampled_from([1, True, "x", "y"])
    ),
    st.tuples(st.just("service"), st.none() | names, st.none() | st.just(("root",)) | request),
    st.tuples(st.just("edge"), names, names, st.none() | request),
)
forms = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner), st.tuples(st.just("not"), inner)
    ),
    max_leaves=4,
)


@st.composite
def entities(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.integers(0, 5)) / 10
    entity: dict[str, Any] = {"name": draw(names), "start_time": 1000 + start}
    if draw(st.integers(0, 5)):
        entity["end_time"] = 1000 + start + draw(st.integers(0, 3)) / 10
    else:
        entity["in_progress"] = True
    for flag in ("error", "fault", "throttle"):
        if not draw(st.integers(0, 3)):
            entity[flag] = True
    if draw(st.booleans()):
        entity["http"] = {"response": {"status": draw(st.sampled_from([200, 201, 302, 404, 503]))}}
    if draw(st.booleans()):
        keys, values = st.sampled_from(["k", "l"]), st.sampled_from([1, True, "x", "y"])
        entity["annotations"] = draw(st.dictionaries(keys, values, max_size=2))
    return entity


@st.composite
def documents(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw segments with at most one subsegment each; each hangs on something drawn before."""
    found: list[dict[str, Any]] = []
    parents: list[str | None] = [None, "f" * 16]
    for number in range(draw(st.integers(1, 4))):
        segment = {**draw(entities()), "id": f"{number + 1:016x}"}
        parent = draw(st.sampled_from(parents[:1] if number == 0 else parents[::-1]))
        segment |= {"parent_id": parent} if parent else {}
        parents.append(segment["id"])
        if draw(st.booleans()):
            call = {**draw(entities()), "id": f"{number + 101:016x}"}
            call["namespace"] = draw(st.sampled_from(["local", "remote", "aws"]))
            segment["subsegments"] = [call]
            parents.append(call["id"])
        found.append(segment)
    return found


def facts_about(trace: ProcessedTrace) -> TraceFacts:
    observations = observe(trace)
    return facts_of(trace, summarise(trace, observations=observations), observations)


@given(st.lists(documents(), min_size=1, max_size=3), forms)
def test_compiled_expressions_agree_with_a_plain_reading(
    drawn: list[list[dict[str, Any]]], form: tuple[Any, ...]
) -> None:
    traces = [process(TRACE_ID, one) for one in drawn]
    expected = [Reading(trace).holds(form) for trace in traces]
    event(f"{expected[0]} for {form[0]}")
    facts = [facts_about(trace) for trace in traces]
    expression = parse(written(form))
    assert [matcher(expression)(one) for one in facts] == expected
    chosen = chooser(expression)(FactColumns(facts))
    assert [number in chosen for number in range(len(traces))] == expected
