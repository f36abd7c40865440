"""What a browser would load from another host when it opens a page."""

import re
from html.parser import HTMLParser
from pathlib import Path

SOURCES = ("src", "srcset", "data", "poster", "background")
LOADING_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "prefetch"}
FOREIGN = re.compile(r"(?:https?:)?//[\w.-]+\.\w+[^\s'\")]*")
IN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s;]+)")


class _Loads(HTMLParser):
    """Collect the foreign addresses that a page's elements and styles load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._in_style = tag == "style"
        loaded = [attributes[name] for name in SOURCES if name in attributes]
        if tag == "link" and LOADING_RELATIONS & set(attributes.get("rel", "").split()):
            loaded.append(attributes.get("href", ""))
        for text in loaded:
            self.addresses += FOREIGN.findall(text) if FOREIGN.match(text) else []
        self.addresses += IN_STYLE.findall(attributes.get("style", ""))

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self.addresses += IN_STYLE.findall(data)


def foreign_in_page(html: str) -> list[str]:
    """Return the addresses of other hosts that a browser loads with a page.

    Parameters
    ----------
    html
        The page. Links that a reader may click are not loaded.

    Returns
    -------
    list[str]
        The addresses, in the order of the page.
    """
    parser = _Loads()
    parser.feed(html)
    parser.close()
    return parser.addresses


def foreign_in_site(folder: Path) -> dict[str, list[str]]:
    """Return the addresses of other hosts that pages and style sheets of a site load.

    Parameters
    ----------
    folder
        The built site.

    Returns
    -------
    dict[str, list[str]]
        File to addresses; files that load nothing foreign are left out.
    """
    pages = {path: foreign_in_page(path.read_text("utf-8")) for path in folder.rglob("*.html")}
    sheets = {path: IN_STYLE.findall(path.read_text("utf-8")) for path in folder.rglob("*.css")}
    every = sorted({**pages, **sheets}.items())
    return {str(path.relative_to(folder)): addresses for path, addresses in every if addresses}
