"""Bad releases: the deployment zip of a service, with a mistake in one of its modules."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tracing_lab.package import DeploymentPackage, code_sha256, zip_bytes

_MODULES: Final[Mapping[str, tuple[str, str]]] = {
    "order": ("shop/orders.py", "order_from_request"),
    "payment": ("shop/payments.py", "payment_for"),
    "inventory": ("shop/stock.py", "reservation_for"),
    "notification": ("shop/notifications.py", "template_for"),
}
"""Service to the module with its work, and the function that does it."""

_MISTAKES: Final[Mapping[str, str]] = {
    "crash": '''

_released = {function}


def {function}(work):
    """As released by mistake: read a member that no order has."""
    return {{"released": _released(work)}}["discountCode"]
''',
    "import": "\nimport shop_discounts  # released by mistake: no zip has this module\n",
    "slow": '''

_released = {function}


def {function}(work):
    """As released by mistake: compute the same digest again and again."""
    for _ in range(300_000):
        hashlib.sha256(b"discount").digest()
    return _released(work)
''',
}

RELEASES: Final = tuple(_MISTAKES)
"""The bad releases: each order fails, the function does not start, or each order takes long."""


@dataclass(frozen=True)
class BadRelease:
    """The zip of a bad release.

    Parameters
    ----------
    data
        The zip's bytes.
    sha256_base64
        Its digest, as Lambda reports it in ``CodeSha256``.
    """

    data: bytes
    sha256_base64: str


def bad_release(package: DeploymentPackage, kind: str) -> BadRelease:
    """Return a service's zip with a mistake; the same bytes each time.

    Parameters
    ----------
    package
        The good zip.
    kind
        One of `RELEASES`.
    """
    module, function = _MODULES[package.service]
    with zipfile.ZipFile(io.BytesIO(package.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    mistake = _MISTAKES[kind].format(function=function)
    if "hashlib" in mistake:
        mistake = f"\nimport hashlib{mistake}"
    files[module] += mistake.encode()
    data = zip_bytes(files)
    return BadRelease(data, code_sha256(data))
