"""The results of `drift` and `destroy`."""

from dataclasses import dataclass
from html import escape
from typing import Any

from tracing_lab.stack import Plan, fault_marks
from tracing_lab.stack.rendering import BY_HAND, INJECTED, drift_html, drift_text


@dataclass(frozen=True)
class Drift(Plan):
    """What was changed outside of `apply`, as the plan that would correct it."""

    @property
    def injected(self) -> frozenset[tuple[str, str]]:
        """Differences that are faults of `tracing_lab.faults`: resource's logical name and path."""
        return fault_marks.injected(self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return the drift as JSON-serializable data; each change says what caused it.

        Returns
        -------
        dict[str, Any]
            As `Plan.to_json`, with ``cause``: ``injected fault`` or ``by hand``.
        """
        plan, injected = super().to_json(), self.injected
        for step in plan["steps"]:
            for change in step["changes"]:
                is_fault = (step["logical"], change["path"]) in injected
                change["cause"] = INJECTED if is_fault else BY_HAND
        return plan

    def __str__(self) -> str:
        return drift_text(self.to_json())

    def _repr_html_(self) -> str:
        return drift_html(self.to_json())


@dataclass(frozen=True)
class Remains:
    """Leftovers that an independent search found after a stack was destroyed.

    Parameters
    ----------
    stack
        Name of the stack.
    by_tag
        ARNs of resources that carry the stack's tag.
    by_name
        Service and name of resources that have the stack's names.
    not_searched
        Why some services could not be searched.
    swept
        Log groups that late invocations recreated, and that were deleted again.
    only_indexed
        ARNs that only AWS's index of tags still lists, and their own service does not: they are
        deleted, and the index forgets them within hours.
    kept
        Resources that others use, each with the reason why it was not deleted.
    """

    stack: str
    by_tag: tuple[str, ...] = ()
    by_name: tuple[str, ...] = ()
    not_searched: tuple[str, ...] = ()
    swept: tuple[str, ...] = ()
    only_indexed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return bool(self.by_tag or self.by_name)

    def __str__(self) -> str:
        lines = [f"Recreated and deleted again: {name}." for name in self.swept]
        lines += [f"Kept: {reason}" for reason in self.kept]
        lines += [f"Still carries the stack's tag: {arn}." for arn in self.by_tag]
        lines += [f"Still has one of the stack's names: {name}." for name in self.by_name]
        lines += [f"Could not be searched: {reason}" for reason in self.not_searched]
        if self:
            advice = "AWS's lists may lag; run destroy again to see."
            return "\n".join([*lines, f"Something is left of {self.stack}. {advice}"])
        searched = "no service that could be searched" if self.not_searched else "no service"
        if self.only_indexed:
            count = len(self.only_indexed)
            lines.append(f"Deleted, but still in AWS's index of tags for a while: {count}.")
        proof = f"nothing in the region carries its tag, and {searched} lists its names"
        nothing = "Nothing else" if self.kept else "Nothing"
        return "\n".join([*lines, f"{nothing} is left of {self.stack}: {proof}."])


@dataclass(frozen=True)
class Teardown(Plan):
    """The resources that were, or would be, deleted.

    Parameters
    ----------
    remains
        What an independent search found afterwards; None after a dry run.
    """

    remains: Remains | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the plan and the leftovers as JSON-serializable data."""
        found = self.remains
        if found is None:
            return super().to_json()
        remains = {"by_tag": list(found.by_tag), "by_name": list(found.by_name)}
        remains |= {"kept": list(found.kept)} if found.kept else {}
        return {**super().to_json(), "remains": remains}

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.remains is None else f"{text}\n{self.remains}"

    def _repr_html_(self) -> str:
        html = super()._repr_html_()
        lines = [] if self.remains is None else str(self.remains).splitlines()
        return html + "".join(f"<p>{escape(line)}</p>" for line in lines)
