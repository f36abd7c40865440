"""One line of a benchmark's report."""


def row(
    measure: str,
    value: float,
    unit: str,
    *,
    limit: float | None = None,
    peer: float | None = None,
    peer_name: str = "",
) -> None:
    """Print one line: a value, what it is compared with, and their ratio."""
    other = limit if limit is not None else peer
    compared = f"limit {limit:g} {unit}" if limit is not None else ""
    compared = f"{peer_name} {peer:.2f} {unit}" if peer is not None else compared
    ratio = f"{value / other:.2f}" if other else ""
    print(f"{measure:44} {value:9.2f} {unit:2}   {compared:34} {ratio}", flush=True)
