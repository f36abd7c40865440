"""All zips that a config's stack needs: those of its functions, and that of its layer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tracing_lab.config import Config

from .distro import otel_layer
from .functions import DeploymentPackage, build_all
from .zips import code_sha256


@dataclass(frozen=True)
class StackCode:
    """The zips of one stack.

    Parameters
    ----------
    functions
        Service to the zip of its function.
    layer
        The layer's zip; None if the stack publishes none.
    """

    functions: Mapping[str, DeploymentPackage]
    layer: bytes | None = field(default=None, repr=False)

    @cached_property
    def layer_sha256(self) -> str:
        """Hash of the layer's zip, as Lambda reports it; empty if there is none."""
        return code_sha256(self.layer) if self.layer is not None else ""

    @cached_property
    def zips(self) -> dict[str, bytes]:
        """Every zip by its hash, as Lambda reports it."""
        found = {built.sha256_base64: built.data for built in self.functions.values()}
        return found if self.layer is None else {**found, self.layer_sha256: self.layer}


def stack_code(config: Config, *, build_layer: Callable[[], bytes] = otel_layer) -> StackCode:
    """Return the zips of a config's stack; build those that are missing.

    Parameters
    ----------
    config
        The stack's variables, of which those about the tracer count.
    build_layer
        Returns the layer's zip; called only if the stack publishes one.

    Raises
    ------
    PackageError
        If sources, a distribution or the layer's packages are missing.
    """
    functions = build_all(config.tracer)
    return StackCode(functions, build_layer() if config.has_own_layer else None)
