"""Answers that name services or nodes, in any usual spelling."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .base import Reading, Slip
from .spelling import Spelled, misspelled, spelled
from .unwrapping import is_mask, items_of, kind_of, no_single_value, no_value, single

_LONGEST = 200  # characters of one name; no resource has a longer one

_SIZE = "This is a number, and a name was asked for. `idxmax()` gives the label of the largest."
_SPELLING = "There is nothing called {name!r}. Copy the name from a table, or look at its spelling."
_TYPE = "A function is two nodes with one name. Give the keys as the graph has them, with the type."
_MASK = "This is one True or False per row. Select the rows with it, then take their names."


@dataclass(frozen=True)
class Name:
    """The name of a service, short or in full.

    A truth or mistake that is a list of names stands for any of them: two may be as large.

    Examples
    --------
    >>> form = Name()
    >>> form.distance("Payment-Service", "shop-dev-payment-0de6b2b1")
    0.0
    >>> form.distance("order", ["payment", "order"]), form.distance("order", ["payment"])
    (0.0, None)
    >>> form.read(3.5).slip.name, form.slip("paymnet", "payment").name
    ('size', 'spelling')
    """

    def read(self, answer: Any) -> Reading:
        """Return the answer as text; a row's label ``(name, type)`` counts as the name."""
        value = _joined(single(answer))
        if isinstance(value, str):
            return Reading(value.strip()[:_LONGEST])
        if isinstance(value, int | float):
            return Reading(slip=Slip("size", _SIZE))
        return Reading(slip=no_single_value(value))

    def distance(self, value: Any, target: Any) -> float | None:
        """Return 0 for two spellings of one name, or of one of several."""
        return 0.0 if spelled(value).name in _short_names(target) else None

    def slip(self, value: Any, truth: Any) -> Slip | None:
        """Return the slip of a misspelled name."""
        name = misspelled([spelled(value).name], _short_names(truth))
        return Slip("spelling", _SPELLING.format(name=name)) if name else None

    def miss(self, value: Any, truth: Any) -> str:  # noqa: ARG002 - the same for all truths
        """Return that this is another one."""
        return f"{value[:80]!r} is not it."


@dataclass(frozen=True)
class NameList:
    """Several names, in any collection.

    Parameters
    ----------
    keys
        Whether the nodes' types belong to the answer, as in ``payment [AWS::Lambda]``.
    ordered
        Whether the order counts; otherwise it does not, and names may be repeated.

    Examples
    --------
    >>> form = NameList()
    >>> form.distance(["payment", "order"], ["shop-dev-order-0de6b2b1", "payment"])
    0.0
    >>> form.miss(["order"], ["payment", "inventory"])
    '2 names are missing and 1 does not belong.'
    """

    keys: bool = False
    ordered: bool = False

    def read(self, answer: Any) -> Reading:
        """Return the answer as a list of texts."""
        if is_mask(answer):
            return Reading(slip=Slip("mask", _MASK))
        label = _joined(answer)
        items = label.split(",") if isinstance(label, str) else items_of(label)
        if items is None:
            return Reading(slip=_no_collection(answer))
        names = [_joined(item) for item in items]
        wrong = [name for name in names if not isinstance(name, str)]
        if wrong:
            return Reading(slip=_not_names(wrong[0]))
        return Reading([name.strip()[:_LONGEST] for name in names])

    def distance(self, value: Any, target: Any) -> float | None:
        """Return 0 for the same names."""
        if target is None:
            return None
        mine, theirs = self._spelled(value), self._spelled(target)
        same = mine == theirs if self.ordered else set(mine) == set(theirs)
        return 0.0 if same else None

    def slip(self, value: Any, truth: Any) -> Slip | None:
        """Return the slip of a misspelled name, of missing types or of another order."""
        mine, theirs = [spelled(name) for name in value], [spelled(name) for name in truth]
        known = [other.name for other in theirs]
        name = misspelled([answer.name for answer in mine], known)
        if name:
            return Slip("spelling", _SPELLING.format(name=name))
        if self.keys and mine and not any(answer.type for answer in mine):
            return Slip("type", _TYPE)
        if self.ordered and Counter(mine) == Counter(theirs):
            return Slip("order", "The names are right, their order is not.")
        return None

    def miss(self, value: Any, truth: Any) -> str:
        """Return how many names are missing and how many do not belong."""
        mine, theirs = set(self._spelled(value)), set(self._spelled(truth))
        missing, extra = len(theirs - mine), len(mine - theirs)
        parts = [f"{missing} name{' is' if missing == 1 else 's are'} missing"] if missing else []
        parts += [f"{extra} {'does' if extra == 1 else 'do'} not belong"] if extra else []
        return (" and ".join(parts) or "Some are repeated or left out") + "."

    def _spelled(self, names: list[str]) -> list[Spelled]:
        both = [spelled(name) for name in names]
        return both if self.keys else [answer._replace(type="") for answer in both]


def _short_names(target: Any) -> list[str]:
    names = target if isinstance(target, list) else [target]
    return [spelled(name).name for name in names if name]


def _joined(value: Any) -> Any:
    """Return a label ``(name, type)`` of a frame indexed by node as the node's key."""
    match value:
        case (str(name), str(kind)) if isinstance(value, tuple) and kind.startswith("AWS::"):
            return f"{name} [{kind}]"
    return value


def _no_collection(answer: Any) -> Slip:
    if isinstance(answer, int | float):
        return Slip("size", "This is a number. The names themselves were asked for.")
    kind = no_value(answer)
    return kind if kind.name != "kind" else no_single_value(answer)


def _not_names(item: Any) -> Slip:
    wanted = "The answer is a collection of names, as in `{'a', 'b'}`"
    return Slip("kind", f"{wanted}; in this one there is {kind_of(item)}.")
