"""The zips of the functions and their layer, as files next to an exported template."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tracing_lab.config import SERVICES
from tracing_lab.package import DeploymentPackage, code_sha256

CODE_PREFIX = "code/"
"""Folder of the zips, and what their keys in a bucket begin with."""

DIGEST_DIGITS = 16
"""Hexadecimal digits of a zip's hash that its name holds."""

_LAYER = "otel-layer"

ZIP_NAMES = (*SERVICES, _LAYER)
"""What the names of zips begin with."""


@dataclass(frozen=True)
class Bundle:
    """The zips of one stack.

    Parameters
    ----------
    stack
        The stack's name.
    packages
        Service to the zip of its function.
    layer
        The layer's zip, if the stack has one.
    """

    stack: str
    packages: Mapping[str, DeploymentPackage] = field(repr=False)
    layer: bytes | None = field(default=None, repr=False)

    def file_name(self, sha256_base64: str) -> str:
        """Return a zip's name by what it is for and content, so that new code has a new name.

        Parameters
        ----------
        sha256_base64
            The zip's hash as Lambda reports it.

        Returns
        -------
        str
            For example ``order-0123456789abcdef.zip``.
        """
        digest = base64.b64decode(sha256_base64).hex()[:DIGEST_DIGITS]
        return f"{self._zips[sha256_base64][0]}-{digest}.zip"

    def files(self) -> dict[str, bytes]:
        """Return all zips by path in the exported folder."""
        return {CODE_PREFIX + self.file_name(sha): data for sha, (_, data) in self._zips.items()}

    @cached_property
    def _zips(self) -> dict[str, tuple[str, bytes]]:
        """Hash to what a zip is for, and its bytes."""
        found = {
            package.sha256_base64: (service, package.data)
            for service, package in self.packages.items()
        }
        if self.layer is not None:
            found[code_sha256(self.layer)] = (_LAYER, self.layer)
        return found
