"""The functions' zips, as files next to an exported template."""

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
    """The zips of one stack."""

    stack: str
    packages: Mapping[str, DeploymentPackage] = field(repr=False)

    def file_name(self, sha256_base64: str) -> str:
        """Return a zip's name by service and content, so that new code has a new name.

        Parameters
        ----------
        sha256_base64
            The zip's hash as Lambda reports it.

        Returns
        -------
        str
            For example ``order-0123456789abcdef.zip``.
        """
        services = {package.sha256_base64: service for service, package in self.packages.items()}
        digest = base64.b64decode(sha256_base64).hex()[:DIGEST_DIGITS]
        return f"{services[sha256_base64]}-{digest}.zip"

    def files(self) -> dict[str, bytes]:
        """Return all zips by path in the exported folder."""
        return {
            CODE_PREFIX + self.file_name(package.sha256_base64): package.data
            for package in self.packages.values()
        }
