"""How soon a kernel answers while orders are sent and traces fetched.

A cell that runs keeps other cells and widgets waiting, whatever it does; only the control channel,
by which JupyterLab interrupts and describes a kernel, goes on. Whoever wants widgets to move
meanwhile runs the load in a thread.
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from private_environment import private_environment
from real_kernel import RealKernel, running_kernel
from report import row

from tracing_lab.embedded import lifecycle

LIMIT_MS = 200.0
PAUSE_S = 0.05
SETUP = """
import threading
from comm import create_comm
import tracing_lab as tl

config = tl.Config()
outputs = tl.deploy.apply(config)
comm = create_comm(target_name="widget")
comm.on_msg(lambda message: None)

def load():
    log = tl.traffic.fire(outputs, orders=100, rate=20)
    tl.xray.fetch_traces(config, log)

print(comm.comm_id)
"""


def bench_kernel() -> None:
    """Measure a kernel during a load in a cell, and during one in a thread."""
    with tempfile.TemporaryDirectory() as folder:
        environment = private_environment(Path(folder))
        try:
            with running_kernel(environment) as kernel:
                measure(kernel)
        finally:
            lifecycle.stop(state_dir=Path(environment["TRACING_LAB_EMBEDDED_STATE_DIR"]))


def measure(kernel: RealKernel) -> None:
    """Print how long answers take at most."""
    comm_id = kernel.run(SETUP).printed.strip()
    replies_s = [*control_replies(kernel)]
    show("control reply, load in a cell", replies_s)
    kernel.run("thread = threading.Thread(target=load); thread.start()")
    cells_s, messages_s = [], []
    while kernel.run("thread.is_alive()").value == "True":
        messages_s.append(kernel.comm_s(comm_id))
        cells_s.append(kernel.cell_s())
        time.sleep(PAUSE_S)
    show("short cell, load in a thread", cells_s)
    show("widget message, load in a thread", messages_s)


def control_replies(kernel: RealKernel) -> Iterator[float]:
    """Yield the seconds of each reply on the control channel while a cell runs a load."""
    cell = kernel.start("load()")
    while not kernel.has_ended(cell):
        yield kernel.control_s()
        time.sleep(PAUSE_S)
        kernel.take_all_news()
    kernel.finish(cell)


def show(name: str, replies_s: list[float]) -> None:
    """Print the slowest of all replies."""
    row(f"{name}, max", 1000 * max(replies_s), "ms", limit=LIMIT_MS)
