"""Build the documentation's site into ``site/``.

Copies README, changelog, docs and the notebooks, run against the embedded AWS, into
``build/pages`` with the folders that they have here, so that links hold; adds pages that are
written from the code; then has MkDocs build the site, strictly. Executed notebooks are kept in
``build/executed`` until one of them, the library or a pinned package changes.

Usage::

    python docs/build_site.py            run what has changed, and build
    python docs/build_site.py --check    build without outputs into build/checked, in seconds
    python docs/build_site.py --settings only write docs/settings.md
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from site_tools.executed import fingerprint, with_outputs
from site_tools.foreign import foreign_in_site
from site_tools.pages import linked, notebook_page, write_pages
from site_tools.reference import reference_pages
from site_tools.settings import settings_page

from tracing_lab import _MODULES as PUBLIC_MODULES
from tracing_lab.config import SETTINGS

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "build" / "pages"
EXECUTED = ROOT / "build" / "executed"
SITE = ROOT / "site"
CHECKED = ROOT / "build" / "checked"
SETTINGS_PAGE = ROOT / "docs" / "settings.md"
TEXTS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/*.md", "docs/adr/*.md")
COPIES = ("LICENSE", "docs/images/*", "docs/site.css")


def stage(*, run: bool) -> None:
    """Write everything that the site shows into the folder of pages."""
    shutil.rmtree(PAGES, ignore_errors=True)
    write_pages(_texts() | _copies() | reference_pages(PUBLIC_MODULES), PAGES)
    for path in _glob("notebooks/[0-9][0-9]_*.ipynb"):
        write_pages(notebook_page(_notebook(path, run=run), path.stem), PAGES / "notebooks")


def _glob(*patterns: str) -> list[Path]:
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _texts() -> dict[str, bytes]:
    return {_name(path): linked(path.read_text("utf-8")).encode() for path in _glob(*TEXTS)}


def _copies() -> dict[str, bytes]:
    return {_name(path): path.read_bytes() for path in _glob(*COPIES)}


def _notebook(path: Path, *, run: bool) -> NotebookNode:
    if not run:
        return nbformat.read(path, as_version=4)
    code = _glob(
        "tracing_lab/**/*.py",
        "tracing_lab/**/*.json*",
        "tracing_lab/**/*.toml",
        "lambda_src/**/*.py",
    )
    depends_on = fingerprint([*code, ROOT / "constraints.txt"])
    return with_outputs(path, EXECUTED, depends_on=depends_on)


def build(site: Path) -> None:
    """Build a site from the folder of pages with MkDocs; any warning is an error."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    command += ["--config-file", "docs/mkdocs.yml", "--site-dir", str(site)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own call


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return 1 if a page would load anything from another host."""
    parser = argparse.ArgumentParser(description="Build the documentation's site.")
    parser.add_argument("--check", action="store_true", help="build without outputs, aside")
    parser.add_argument("--settings", action="store_true", help="only write docs/settings.md")
    options = parser.parse_args(arguments)
    if not options.check:
        SETTINGS_PAGE.write_text(settings_page(SETTINGS.values()), "utf-8")
    return 0 if options.settings else _build(check=options.check)


def _build(*, check: bool) -> int:
    site = CHECKED if check else SITE
    stage(run=not check)
    build(site)
    foreign = foreign_in_site(site)
    for page, addresses in foreign.items():
        print(f"{page} loads {', '.join(addresses)}: keep a copy in the site", file=sys.stderr)
    return 1 if foreign else 0


if __name__ == "__main__":
    sys.exit(main())
