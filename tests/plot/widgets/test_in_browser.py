"""Both widgets in JupyterLab, in a real browser: click, type, read."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest

import tracing_lab
from tracing_lab.spans import save_traces

pytest.importorskip("jupyterlab", reason="pip install 'tracing-lab[lab]'")
playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "<img src=x onerror=document.title='run'>"
WAIT_MS = 90_000
STARTS_WITHIN_S = 90
CELLS = (
    "import tracing_lab as tl\ntraces = tl.spans.load_traces('traces.json')",
    "tl.widgets.trace_explorer(traces, limit=5)",
    "tl.widgets.service_map(traces)",
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def notebook_url(
    tmp_path_factory: pytest.TempPathFactory, shop_traces: Callable[..., list[dict[str, Any]]]
) -> Iterator[str]:
    """Serve a notebook with both widgets from a JupyterLab of its own."""
    folder = tmp_path_factory.mktemp("lab")
    write_notebook(folder, [*shop_traces(12, seed=3), hostile_trace()])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = start_lab(folder, port)
    try:
        wait_for_lab(server, f"http://127.0.0.1:{port}/api")
        yield f"http://127.0.0.1:{port}/lab/tree/widgets.ipynb?token=widgets"
    finally:
        server.terminate()
        server.wait(timeout=30)


def hostile_trace() -> dict[str, Any]:
    exception = {"id": "e1", "type": HOSTILE, "message": HOSTILE}
    document = {"id": "0000000000000bad", "name": HOSTILE, "start_time": 1e9, "end_time": 1e9 + 1}
    document |= {"annotations": {HOSTILE: HOSTILE}, "metadata": {"default": {"key": HOSTILE}}}
    document |= {"fault": True, "cause": {"exceptions": [exception]}}
    return {"Id": "1-3b9aca00-bad", "Segments": [{"Id": "x", "Document": json.dumps(document)}]}


def write_notebook(folder: Path, traces: list[dict[str, Any]]) -> None:
    save_traces(traces, folder / "traces.json")
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, folder / "widgets.ipynb")


def start_lab(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "RUNTIME", "DATA")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(folder / name) for name in ("SETTINGS", "WORKSPACES")}
    own |= {
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(Path(tracing_lab.__file__).parents[1]),
    }
    options = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0", "--allow-root"]
    options += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=widgets"]
    with (folder / "lab.log").open("wb") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        return subprocess.Popen(command, env=os.environ | own, stdout=log, stderr=log)


def wait_for_lab(server: "subprocess.Popen[bytes]", url: str) -> None:
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and server.poll() is None:
        try:
            with urlopen(url, timeout=10):  # noqa: S310 - our own server
                return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    pytest.fail(f"JupyterLab did not start (exit code {server.poll()})")


@pytest.fixture
def page(notebook_url: str) -> Iterator[Any]:
    """Open the notebook and run its cells; afterwards nothing has failed in the browser."""
    failures: list[str] = []
    elsewhere: list[str] = []
    origin = notebook_url.partition("/lab")[0]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 1600})
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on(
            "request",
            lambda request: (
                elsewhere.append(request.url)
                if not request.url.startswith(
                    (origin, "data:", "blob:", origin.replace("http", "ws"))
                )
                else None
            ),
        )
        page.goto(notebook_url)
        run_cells(page)
        yield page
        browser.close()
    assert failures == []
    assert elsewhere == []


def run_cells(page: Any) -> None:
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.locator(".jp-CodeCell .cm-content").first.click()
    for _ in CELLS:
        page.keyboard.press("Shift+Enter")
    page.locator(".tl-map path").first.wait_for()


def test_a_filter_a_click_on_an_edge_and_a_waterfall(page: Any) -> None:
    expect = playwright.expect
    explorer, service_map = page.locator(".tl-widget").first, page.locator(".tl-widget").last

    # WHEN somebody types a filter that cannot be read, and then one that can
    expect(explorer.locator(".tl-list")).to_contain_text("first 5 of 13 traces")
    explorer.get_by_label("Filter expression").fill("fault = ")
    page.keyboard.press("Enter")
    expect(explorer.get_by_role("alert")).to_contain_text("column 9")
    expect(explorer.locator(".tl-list")).to_contain_text("first 5 of 13 traces")
    explorer.get_by_label("Filter expression").fill("fault AND duration > 0.9")
    page.keyboard.press("Enter")

    # THEN the list has the traces that it holds for, and names in it are text
    expect(explorer.locator(".tl-list")).to_contain_text("1 trace")
    expect(explorer.get_by_role("alert")).to_have_count(0)
    expect(explorer.locator(".tl-list tbody tr")).to_contain_text(HOSTILE)

    # WHEN the keyboard opens the trace and its only span
    explorer.get_by_role("button", name="1-3b9aca00-bad").press("Enter")
    explorer.locator("button.tl-line").press("Enter")

    # THEN its data are text, too
    details = explorer.locator(".tl-details")
    for heading in ("Annotations", "Metadata", "Exception"):
        expect(details).to_contain_text(heading)
    expect(details).to_contain_text(f"{HOSTILE}: {HOSTILE}")
    assert page.locator(".tl-widget img").count() == 1  # the picture of the map
    assert page.title() != "run"

    # WHEN an edge has the focus, and then is opened
    edge = service_map.locator('.tl-edge[aria-label*="Events [AWS::Events]"]').first
    edge.focus()
    expect(service_map.get_by_role("tooltip")).to_contain_text("p95 (ms)")
    assert edge.evaluate("element => getComputedStyle(element).outlineStyle") == "none"
    edge.press("Enter")

    # THEN the traces behind it are listed, and one opens as a waterfall
    expect(service_map.locator(".tl-list")).to_contain_text("traces")
    service_map.locator(".tl-list tbody tr").nth(1).click()
    expect(service_map.locator(".tl-waterfall")).to_contain_text("critical path")
    assert service_map.locator("button.tl-line").count() > 20
