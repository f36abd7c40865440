"""The page of settings says what is declared."""

from pathlib import Path

from site_tools.settings import COLUMNS, settings_page

from tracing_lab.config import SETTINGS, Setting
from tracing_lab.config.limits import Whole

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_page_is_up_to_date() -> None:
    """Run ``python docs/build_site.py --settings`` if this fails."""
    assert PAGE.read_text("utf-8") == settings_page(SETTINGS.values())


def test_a_setting_is_a_row_under_the_heading_of_its_group() -> None:
    rate = Setting(
        default=1,
        help="How `fast`, or | not",
        limits=Whole(1, 9, "m"),
        feeds=("AWS::X::Y.Rate",),
        name="rate",
        type=int,
        group="Speed",
    )
    switch = Setting(default=True, help="On", needs="rate", name="on", type=bool, group="Power")
    page = settings_page([rate, switch])
    row = "| `rate` | `1` | 1 to 9 m | How `fast`, or \\| not | `X::Y.Rate` |\n"
    assert f"## Speed\n\n{COLUMNS}{row}" in page
    assert page.endswith("| `on` | on | on or off | On; needs `rate` |  |\n")
