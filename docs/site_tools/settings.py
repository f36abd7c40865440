"""The page of the settings, written from their declarations."""

from collections.abc import Iterable
from itertools import groupby

from tracing_lab.config import Setting

HEAD = """# Settings

<!-- Written by docs/build_site.py --settings from tracing_lab/config/settings/; edit those. -->

Each field of `tl.Config`. An argument wins over the environment variable, which is the field's name
in capitals after `TRACING_LAB_`, as in `TRACING_LAB_AWS_REGION`. That wins over `tracing_lab.toml`
in the working directory or above it, and that over the default. On the command line, the field
`lambda_timeout` is `--lambda-timeout 60`, and the switch `enable_alarms` is `--enable-alarms` or
`--no-enable-alarms`. The last column has the properties of the stack's resources that a setting
decides, in CloudFormation's words without `AWS::`.
"""
COLUMNS = "| setting | default | allowed | meaning | decides |\n|---|---|---|---|---|\n"


def settings_page(settings: Iterable[Setting]) -> str:
    """Return the page of the settings.

    Parameters
    ----------
    settings
        The settings, those of a group next to each other.

    Returns
    -------
    str
        The page: a table per group, with a row per setting.
    """
    tables = [
        f"\n## {title}\n\n{COLUMNS}{''.join(map(_row, group))}"
        for title, group in groupby(settings, key=lambda setting: setting.group)
    ]
    return HEAD + "".join(tables)


def _row(setting: Setting) -> str:
    allowed = "on or off" if setting.is_switch else str(setting.limits)
    needs = f"; needs `{setting.needs}`" if setting.needs else ""
    decides = ", ".join(f"`{one.removeprefix('AWS::')}`" for one in setting.feeds)
    cells = (f"`{setting.name}`", _default(setting.default), allowed, setting.help + needs, decides)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |\n"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "none" if value is None or value in ({}, ()) else f"`{value}`"
