"""The functions' zips, as files beside an exported template."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from tracing_lab.package import DeploymentPackage

CODE_PREFIX = "code/"
"""Folder of the zips, and what their keys in a bucket begin with."""

DIGEST_DIGITS = 16
"""Hexadecimal digits of a zip's hash that its name holds."""


@dataclass(frozen=True)
class Bundle:
    """The zips of one stack.

    Parameters
    ----------
    stack
        The stack's name.
    packages
        Service name to zip.
    """

    stack: str
    packages: Mapping[str, DeploymentPackage] = field(repr=False)

    def file_name(self, sha256_base64: str) -> str:
        """Name a zip by service and content, so that new code is a new name.

        Parameters
        ----------
        sha256_base64
            The zip's hash as Lambda gives it.

        Returns
        -------
        str
            For example ``order-0123456789abcdef.zip``.
        """
        services = {one.sha256_base64: service for service, one in self.packages.items()}
        digest = base64.b64decode(sha256_base64).hex()[:DIGEST_DIGITS]
        return f"{services[sha256_base64]}-{digest}.zip"

    def files(self) -> dict[str, bytes]:
        """Give all zips by their path in the exported folder."""
        return {
            CODE_PREFIX + self.file_name(one.sha256_base64): one.data
            for one in self.packages.values()
        }
