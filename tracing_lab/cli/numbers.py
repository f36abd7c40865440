"""How numbers in options are read."""

import argparse
import math

_UNIT_MINUTES = {"m": 1.0, "h": 60.0, "d": 1440.0}


def at_least(least: float, text: str) -> float:
    """Return a number of the type of its lower bound.

    Raises
    ------
    ArgumentTypeError
        If it is below the bound or not finite.

    Examples
    --------
    >>> at_least(1, "2"), at_least(0.0, "2")
    (2, 2.0)
    """
    value = type(least)(text)
    if not least <= value < math.inf:
        msg = f"{text} must be at least {least:g}"
        raise argparse.ArgumentTypeError(msg)
    return value


def minutes(text: str) -> float:
    """Return an age such as ``30m``, ``2h`` or ``7d`` in minutes.

    Raises
    ------
    ArgumentTypeError
        If it is not a number and a unit.

    Examples
    --------
    >>> minutes("2h")
    120.0
    """
    try:
        return float(text[:-1]) * _UNIT_MINUTES[text[-1:]]
    except (KeyError, ValueError) as error:
        msg = f"{text!r} must be a number and a unit, like 30m, 2h or 7d"
        raise argparse.ArgumentTypeError(msg) from error
