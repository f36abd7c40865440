"""Use JupyterLab in a browser as a learner does: open, run, save and close notebooks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

WIDTH, HEIGHT = 1280, 900
TALLEST = 16_000
"""What Chromium draws as one picture."""
MARGIN = 60
"""What is kept free for JupyterLab's status bar."""
ACTION_TIMEOUT_MS = 60_000
RUN_TIMEOUT_MS = 240_000
PANEL = ".jp-NotebookPanel:not(.lm-mod-hidden)"
SCROLLER = f"{PANEL} .jp-WindowedPanel-outer"
HAS_RUN = f"""() => {{
  const status = document.querySelector('{PANEL} .jp-Notebook-ExecutionIndicator');
  const prompts = [...document.querySelectorAll('{PANEL} .jp-CodeCell .jp-InputPrompt')]
    .map(prompt => prompt.textContent.trim());
  return status?.dataset.status === 'idle' && !prompts.includes('[*]:')
    && prompts.some(prompt => /[0-9]/.test(prompt));
}}"""
BOTTOM = f"""() => {{
  document.querySelector('{SCROLLER}').scrollTop = 0;
  const cells = document.querySelectorAll('{PANEL} .jp-Cell');
  return Math.ceil(cells[cells.length - 1].getBoundingClientRect().bottom);
}}"""
ALL_DRAWN = f"""() => [...document.querySelectorAll('{PANEL} .jp-OutputArea img')]
  .every(image => image.complete && image.naturalWidth > 0)"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@contextmanager
def browsing(executable: str) -> Iterator[Page]:
    """Run a browser and yield a window of it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-dev-shm-usage"],  # a root user's browser needs it
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(ACTION_TIMEOUT_MS)
        yield page
        browser.close()


class LabWindow:
    """JupyterLab in a browser's window, used by mouse and menus.

    Parameters
    ----------
    page
        The browser's window.
    address
        Where JupyterLab is, with the token.
    """

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        page.goto(address)
        page.locator(".jp-DirListing-item").first.wait_for()

    @contextmanager
    def opened(self, name: str) -> Iterator[None]:
        """Open a notebook from the file browser, wait for its kernel, and close it in the end."""
        self.page.locator(".jp-DirListing-itemText", has_text=name).dblclick()
        self.page.locator(".jp-mod-current.lm-TabBar-tab", has_text=name).wait_for()
        self.page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()
        try:
            yield
        finally:
            self._close()

    def run_all(self) -> None:
        """Run all cells by the menu, and wait until the kernel has nothing more to do."""
        self.choose("Run", "runmenu:run-all")
        self.page.wait_for_function(HAS_RUN, timeout=RUN_TIMEOUT_MS)

    def save(self) -> None:
        """Save the notebook by the menu, and wait until it is saved."""
        self.choose("File", "docmanager:save")
        self.page.locator(".jp-mod-current.jp-mod-dirty").wait_for(state="detached")

    def set_theme(self, theme: str) -> None:
        """Choose the theme ``light`` or ``dark`` by the menu."""
        self._menu("Settings").get_by_text("Theme", exact=True).hover()
        self.page.locator(".lm-Menu-itemLabel", has_text=THEMES[theme]).first.click()
        is_light = str(theme == "light").lower()
        body = self.page.locator(f"body[data-jp-theme-light='{is_light}']")
        body.wait_for(state="attached")

    def choose(self, menu: str, command: str) -> None:
        """Choose from a menu."""
        self._menu(menu).locator(f".lm-Menu-item[data-command='{command}']").first.click()

    def _close(self) -> None:
        self.choose("File", "filemenu:close-and-cleanup")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        self.page.locator(PANEL).wait_for(state="detached")

    def _menu(self, name: str) -> Locator:
        self.page.locator(".lm-MenuBar-item", has_text=name).first.click()
        return self.page.locator(".lm-Menu").last

    @contextmanager
    def stretched(self) -> Iterator[None]:
        """Make the window as tall as the notebook, so that all of it is drawn."""
        height = 0
        while height < (wanted := min(self.page.evaluate(BOTTOM) + MARGIN, TALLEST)):
            height = wanted  # an estimate at first, for cells that were never drawn
            self.page.set_viewport_size({"width": WIDTH, "height": height})
            self.page.wait_for_function(ALL_DRAWN)
        yield
        self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})

    def look(self, script: str) -> Any:
        """Return what a script finds in the notebook's panel."""
        return self.page.locator(PANEL).evaluate(script)

    def photograph(self, path: Path) -> None:
        """Keep a picture of the whole window."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)
