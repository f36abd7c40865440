"""Self time: the duration of a span without the time that it waited for its children."""

from collections.abc import Iterable


def self_time(start: float, end: float, children: Iterable[tuple[float, float]]) -> float:
    """Return a span's duration without the time that its children cover.

    Children may overlap each other and stick out of their parent; a moment counts once, and only
    inside the parent. A child that has not ended covers nothing, so it is not passed. This is the
    rule, which tests hold `spans.self_time` against: that computes it for whole frames at once.

    Parameters
    ----------
    start, end
        Start and end of the span, in any unit.
    children
        Start and end of each child that has ended.

    Returns
    -------
    self_time
        In the same unit.

    Examples
    --------
    Two children cover 2 to 5 and 4 to 6 of a parent that lasts from 0 to 10:

    >>> self_time(0, 10, [(2, 5), (4, 6)])
    6
    """
    own, covered_until = end - start, start
    for child_start, child_end in sorted(children):
        begin, finish = max(child_start, covered_until), min(child_end, end)
        if begin < finish:
            own -= finish - begin
            covered_until = finish
    return own
