"""Times in segment documents."""


def seconds_ms(time_ns: int) -> float:
    """Return epoch seconds with millisecond precision.

    Examples
    --------
    >>> seconds_ms(1_795_435_200_009_700_000)
    1795435200.009
    """
    return time_ns // 1_000_000 / 1e3


def seconds_us(time_ns: int) -> float:
    """Return epoch seconds with microsecond precision.

    Examples
    --------
    >>> seconds_us(1_795_435_200_271_512_345)
    1795435200.271512
    """
    return time_ns // 1000 / 1e6
