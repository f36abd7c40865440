"""Measure what the README promises, each next to a limit or a peer measured in the same run.

``make bench`` takes some ten minutes, ``make bench-full`` has all parts in full size. Nothing here
passes or fails by its figures, which are for people; a part that breaks off is named at the end.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from parts import PARTS, Part

sys.path.append(str(Path(__file__).parents[1] / "support"))  # what parts share with tests

Job = tuple[Part, tuple[int, ...]]
"""A part, and the arguments of its function."""


def main(words: Sequence[str], parts: Sequence[Part] = PARTS) -> int:
    """Run the chosen parts one after the other; return how many broke off."""
    options = _parser(parts).parse_args(words)
    try:
        jobs = list(chosen(parts, options.part, is_full=options.full))
    except ValueError as error:
        sys.exit(str(error))
    print(f"{'measure':44} {'value':>12}   {'limit or peer':34} ratio", flush=True)
    began_s = time.perf_counter()
    failed = [part.name for part, arguments in jobs if not has_run(part, arguments)]
    print(f"\n{len(jobs)} parts in {time.perf_counter() - began_s:.0f} s", flush=True)
    if failed:
        print(f"broke off: {', '.join(failed)}", flush=True)
    return len(failed)


def chosen(parts: Sequence[Part], words: Sequence[str], *, is_full: bool) -> Iterator[Job]:
    """Yield the parts to run, and the arguments of their functions.

    Parameters
    ----------
    parts
        All parts.
    words
        Names of parts, perhaps with a size, as in ``kills=1000``; none for all of the run.
    is_full
        Whether parts have their full size.

    Raises
    ------
    ValueError
        If there is no such part, or a size is no number.
    """
    by_name = {part.name: part for part in parts}
    words = words or [part.name for part in parts if part.is_short or is_full]
    for word in words:
        name, _, size = word.partition("=")
        if name not in by_name or not (size.isdecimal() or word == name):
            message = f"{word!r} is no part, or its size no number. Parts: {', '.join(by_name)}."
            raise ValueError(message)
        part = by_name[name]
        usual = None if is_full else part.size
        number = int(size) if size else usual
        yield part, () if number is None else (number,)


def has_run(part: Part, arguments: Sequence[int]) -> bool:
    """Run a part and print its time; return whether it came to its end."""
    print(f"\n{part.name}", flush=True)
    began_s = time.perf_counter()
    try:
        part.resolve()(*arguments)
    except (Exception, SystemExit):  # noqa: BLE001 - whatever it is, the others run
        traceback.print_exc()
        return False
    print(f"({time.perf_counter() - began_s:.0f} s)", flush=True)
    return True


def _parser(parts: Sequence[Part]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure, and print each figure with its limit.")
    names = ", ".join(part.name for part in parts)
    parser.add_argument("part", nargs="*", help=f"NAME or NAME=SIZE; of {names}")
    parser.add_argument("--full", action="store_true", help="all parts, in full size")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
