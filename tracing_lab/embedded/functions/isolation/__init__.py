"""Isolates functions from this machine, set up once for the whole server."""

from dataclasses import dataclass, field

from .children import Children, inherit_orphans
from .mounts import Mounts, enter_private_namespace


@dataclass(frozen=True)
class Isolation:
    """How this server isolates functions; by default, by what needs no preparation.

    Parameters
    ----------
    mounts
        Makes folders read-only or limits their size.
    children
        Ends processes that functions leave behind.
    """

    mounts: Mounts = field(default_factory=Mounts)
    children: Children = field(default_factory=Children)


def isolate() -> Isolation:
    """Prepare this process for isolating functions, as far as the system allows.

    It changes the whole process, so it is for a server's own process, before it starts threads.
    """
    return Isolation(
        mounts=Mounts(allowed=enter_private_namespace()),
        children=Children(inherits=inherit_orphans()),
    )
