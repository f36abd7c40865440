"""The colours of figures on light and on dark paper."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from matplotlib.colors import to_hex, to_rgb

STATUS_NAMES: Final[Mapping[str, str]] = {
    "ok": "ok",
    "error": "error (4xx)",
    "throttle": "throttle (429)",
    "fault": "fault (5xx)",
    "in_progress": "in progress",
}
STATUS_COLOURS: Final[Mapping[str, str]] = {
    # X-Ray's four colours, in tones that colour-blind readers can tell apart (after Okabe and Ito)
    "ok": "#009E73",
    "error": "#E69F00",
    "throttle": "#7E57C2",
    "fault": "#D1401F",
    "in_progress": "#9AA5B1",
}
STATUS_MARKERS: Final[Mapping[str, str]] = {
    # for print without colours
    "ok": "o",
    "error": "s",
    "throttle": "D",
    "fault": "X",
    "in_progress": "P",
}


class Colours(NamedTuple):
    """What a figure is drawn on, written and drawn with.

    Attributes
    ----------
    paper, band
        Background, and the background of every other group of rows.
    ink, soft, muted
        Text, less important text, least important text; each can be read on paper and band.
    faint, grid, arrow
        Lines of axes, lines of a grid, arrows of a map.
    calm, calm_light
        What is drawn where colour means nothing else, and its less important parts.
    status_inks
        Text in the colour of a status.
    series
        Of groups beside each other; all in one colour of print if they differ in dashes, too.
    ramp
        From few to many.
    """

    paper: str
    band: str
    ink: str
    soft: str
    muted: str
    faint: str
    grid: str
    arrow: str
    calm: str
    calm_light: str
    status_inks: Mapping[str, str]
    series: tuple[str, ...]
    ramp: tuple[str, ...]

    def face(self, status: str) -> str:
        """Return the colour of requests that ended in some way; good ones have no special one.

        Parameters
        ----------
        status
            How they ended.
        """
        return self.calm if status == "ok" else STATUS_COLOURS[status]


LIGHT: Final = Colours(
    paper="#FFFFFF",
    band="#F4F7FA",
    ink="#1F2933",
    soft="#3E4C59",
    muted="#616E7C",
    faint="#CBD2D9",
    grid="#E4E7EB",
    arrow="#8896A6",
    calm="#2F6690",
    calm_light="#A8C6DE",
    status_inks={
        "ok": "#00795A",
        "error": "#8F6000",
        "throttle": "#7147BD",
        "fault": "#C4391B",
        "in_progress": "#616E7C",
    },
    series=("#2F6690", "#D24110", "#009E73", "#E69F00", "#7E57C2", "#56B4E9", "#616E7C", "#A0522D"),
    ramp=("#D6E6F2", "#2F6690", "#0B2233"),
)
DARK: Final = Colours(
    paper="#14191F",
    band="#1B222A",
    ink="#E9EEF3",
    soft="#C9D3DC",
    muted="#A3B1BF",
    faint="#4A5866",
    grid="#2B353F",
    arrow="#7B8A99",
    calm="#5DA3D9",
    calm_light="#2C567A",
    status_inks={
        "ok": "#2FC596",
        "error": "#F2B93B",
        "throttle": "#B49AE8",
        "fault": "#F58A72",
        "in_progress": "#A3B1BF",
    },
    series=("#5DA3D9", "#F2814E", "#2FC596", "#F2B93B", "#B18BFF", "#A4DBFA", "#8795A3", "#CF8264"),
    ramp=("#1F3A52", "#5DA3D9", "#E3F1FB"),
)


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2.2 defines it.

    Parameters
    ----------
    first, second
        Colours in any form that matplotlib knows, without transparency.

    Examples
    --------
    >>> contrast("white", "black"), contrast("#777777", "#777777")
    (21.0, 1.0)
    """
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def ink_on(face: str) -> str:
    """Return the colour of text that can be read on a colour: black or white, or nearly so.

    Parameters
    ----------
    face
        The colour below the text.

    Examples
    --------
    >>> ink_on("#2F6690"), ink_on("#F2B93B")
    ('#FFFFFF', '#101418')
    """
    return max(("#FFFFFF", "#101418"), key=lambda ink: contrast(ink, face))


def mixed(colour: str, paper: str, share: float) -> str:
    """Return a colour thinned with that of the paper.

    Parameters
    ----------
    colour, paper
        The two colours.
    share
        Of the first, from 0 to 1.

    Examples
    --------
    >>> mixed("#000000", "#FFFFFF", 0.2)
    '#cccccc'
    """
    parts = zip(to_rgb(colour), to_rgb(paper), strict=True)
    red, green, blue = (share * first + (1 - share) * second for first, second in parts)
    return to_hex((red, green, blue))


def _luminance(colour: str) -> float:
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]  # noqa: PLR2004 - from the standard
    return sum(c * part for c, part in zip(channels, (0.2126, 0.7152, 0.0722), strict=True))
