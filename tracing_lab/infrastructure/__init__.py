"""Export the stack as infrastructure code, for teams that deploy with other tools.

CloudFormation, SAM and Terraform are all written from the description that `deploy` uses, so they
create the same resources. Nothing here calls AWS.
"""

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tracing_lab import package
from tracing_lab.config import Config
from tracing_lab.errors import ConfigError, ExportError
from tracing_lab.stack import Resource, Site, resources

from . import cloudformation, sam, terraform
from .bundle import CODE_PREFIX, DIGEST_DIGITS, ZIP_NAMES, Bundle
from .guide import readme

__all__ = ["EMBEDDED_ACCOUNT", "FORMATS", "export", "export_files"]

Files = dict[str, bytes]
EMBEDDED_ACCOUNT = "123456789012"
"""The account of the embedded AWS and other emulators."""

_CHINA, _GOV = "cn-", "us-gov-"


def export(
    config: Config,
    folder: str | os.PathLike[str],
    *,
    format: str = "cloudformation",  # noqa: A002 - what the command line calls it
    account_id: str = EMBEDDED_ACCOUNT,
    keep_log_role: bool = False,
) -> tuple[Path, ...]:
    """Write the stack as infrastructure code into a folder.

    Parameters
    ----------
    config
        The stack's variables.
    folder
        Folder to write; created when missing. Zips of an earlier export are removed.
    format
        One of `FORMATS`.
    account_id
        The account whose names to use: the last part of every name is a hash of account, region
        and stack. The code itself can be deployed to any account.
    keep_log_role
        Leave out the account's role for API logs, because it is set already.

    Returns
    -------
    tuple[Path, ...]
        The files written.

    Raises
    ------
    ConfigError
        If the format is unknown or the account id is not twelve digits.
    ExportError
        If the stack has a resource that cannot be exported, or the folder cannot be written.
    PackageError
        If a deployment zip cannot be built.
    """
    site = _site(config, account_id, keep_log_role=keep_log_role)
    files = export_files(config, site, format)
    target = Path(folder)
    try:
        (target / CODE_PREFIX).mkdir(parents=True, exist_ok=True)
        for old in _earlier_zips(target):
            old.unlink()
        for name, content in files.items():
            (target / name).write_bytes(content)
    except OSError as error:
        msg = f"{target} cannot be written: {error}. Choose another folder."
        raise ExportError(msg) from error
    return tuple(target / name for name in files)


def export_files(config: Config, site: Site, format_: str) -> Files:
    """Return the files of an export without writing them.

    Parameters
    ----------
    config
        The stack's variables.
    site
        The account and region of the stack.
    format_
        One of `FORMATS`.

    Returns
    -------
    dict[str, bytes]
        Content by path within the folder.

    Raises
    ------
    ConfigError
        If the format is unknown.
    ExportError
        If the stack has a resource that cannot be exported.
    PackageError
        If a deployment zip cannot be built.
    """
    if format_ not in _WRITERS:
        msg = f"There is no format {format_!r}. Choose one of: {', '.join(FORMATS)}."
        raise ConfigError(msg)
    code = package.stack_code(config)
    bundle = Bundle(config.stack_name, code.functions, code.layer)
    wanted = resources(config, site, code.functions, layer_sha256=code.layer_sha256)
    name, write = _WRITERS[format_]
    text = write(wanted, site, bundle)
    guide = readme(config.stack_name, site.region, format_, own_layer=config.has_own_layer)
    return {name: text.encode(), "README.md": guide.encode(), **bundle.files()}


def _earlier_zips(target: Path) -> list[Path]:
    """Return the zips that an earlier export wrote, and no others."""
    digits = "[0-9a-f]" * DIGEST_DIGITS
    patterns = [f"{CODE_PREFIX}{name}-{digits}.zip" for name in ZIP_NAMES]
    return [path for pattern in patterns for path in target.glob(pattern)]


def _site(config: Config, account_id: str, *, keep_log_role: bool) -> Site:
    if not re.fullmatch(r"[0-9]{12}", account_id):
        msg = f"account_id={account_id!r} must be twelve digits."
        raise ConfigError(msg)
    region = config.aws_region
    partition = {_CHINA: "aws-cn", _GOV: "aws-us-gov"}
    found = next((name for start, name in partition.items() if region.startswith(start)), "aws")
    return Site(account_id, region, found, foreign_log_role=keep_log_role)


def _json(
    template: Callable[[Sequence[Resource], Bundle], dict[str, Any]],
) -> Callable[[Sequence[Resource], Site, Bundle], str]:
    def write(wanted: Sequence[Resource], _site: Site, bundle: Bundle) -> str:
        return json.dumps(template(wanted, bundle), indent=2) + "\n"

    return write


_WRITERS: Mapping[str, tuple[str, Callable[[Sequence[Resource], Site, Bundle], str]]] = {
    "cloudformation": ("template.json", _json(cloudformation.template)),
    "sam": ("template.json", _json(sam.template)),
    "terraform": ("main.tf", terraform.configuration),
}

FORMATS = tuple(_WRITERS)
"""The formats that can be written."""
