"""What `destroy` keeps because others use it, too."""

from collections.abc import Mapping
from dataclasses import replace

from .executor import OnStep, StepReport
from .reports import Remains


def noting_kept(kept: dict[str, str], on_step: OnStep | None = None) -> OnStep:
    """Return a function to be called after each step, which notes what was not deleted and why.

    Parameters
    ----------
    kept
        Gets the reasons by name.
    on_step
        Is called, too.
    """

    def note(report: StepReport) -> None:
        if report.kept:
            kept[report.step.resource.name] = report.kept
        if on_step is not None:
            on_step(report)

    return note


def without_kept(remains: Remains, kept: Mapping[str, str]) -> Remains:
    """Return leftovers without what others use, which is named as kept.

    Parameters
    ----------
    remains
        What was found.
    kept
        Reasons by name.

    Examples
    --------
    >>> found = Remains("shop", by_tag=("arn:aws:iam::1:role/logs",), by_name=("iam logs",))
    >>> without_kept(found, {"logs": "Others log by it."}).kept
    ('logs: Others log by it.',)
    """
    endings = {name: (f"/{name}", f" {name}") for name in kept}
    found = [*remains.by_tag, *remains.by_name]
    used = [name for name in sorted(kept) if any(it.endswith(endings[name]) for it in found)]
    all_endings = tuple(ending for name in used for ending in endings[name])
    return replace(
        remains,
        by_tag=tuple(arn for arn in remains.by_tag if not arn.endswith(all_endings)),
        by_name=tuple(name for name in remains.by_name if not name.endswith(all_endings)),
        kept=tuple(f"{name}: {kept[name]}" for name in used),
    )
