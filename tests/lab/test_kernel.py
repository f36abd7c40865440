"""A real kernel answers during a load, and its stop button leaves a state to go on with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from private_environment import private_environment
from real_kernel import RealKernel, running_kernel

from tracing_lab.embedded import lifecycle

SETUP = """
import sys, time
import tracing_lab as tl

config = tl.Config()
pause_s = 60

def note(done, total):
    if done >= 3:
        print("under way", flush=True)
        time.sleep(pause_s)
"""
COMM = """
from comm import create_comm

heard = []
comm = create_comm(target_name="widget")
comm.on_msg(heard.append)
print(comm.comm_id)
"""
THREAD = """
from threading import Thread

def load():
    global traces
    log = tl.traffic.fire(outputs, orders=40, rate=8)
    traces = tl.xray.fetch_traces(config, log, quiet_s=0.5)

thread = Thread(target=load)
thread.start()
"""
LONGEST_MESSAGE = 3
"""Lines that a learner reads before looking for help elsewhere."""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealKernel]:
    home = tmp_path_factory.mktemp("kernel")
    environment = private_environment(home)
    try:
        with running_kernel(environment) as kernel:
            assert kernel.run(SETUP).error == ""
            yield kernel
    finally:
        lifecycle.stop(state_dir=Path(environment["TRACING_LAB_EMBEDDED_STATE_DIR"]))


def interrupted(kernel: RealKernel, code: str) -> str:
    """Press the stop button in the middle of a cell and return what a notebook shows."""
    assert kernel.run("pause_s = 60").error == ""
    cell = kernel.start(code)
    kernel.wait_until_printed(cell, "under way")
    kernel.interrupt()
    left = kernel.finish(cell)
    assert left.error
    shown = "\n".join(left.traceback).splitlines()
    assert len(shown) <= LONGEST_MESSAGE, shown
    assert kernel.run("pause_s = 0").error == ""
    return "\n".join(shown)


def test_a_stopped_apply_is_finished_by_the_same_cell(kernel: RealKernel) -> None:
    cell = "outputs = tl.deploy.apply(config, progress=note)"
    shown = interrupted(kernel, cell)
    assert shown.startswith("DeployInterruptedError: Interrupted: 3 of 26 steps had ended")
    assert "run the same again to continue" in shown
    left = int(kernel.run("len(tl.deploy.plan(config))").value)
    assert 0 < left < 26
    assert kernel.run(cell).error == ""
    assert kernel.run("len(tl.deploy.plan(config))").value == "0"


def test_a_stopped_load_leaves_its_log_and_can_be_sent_again(kernel: RealKernel) -> None:
    assert kernel.run("outputs = tl.deploy.apply(config)").error == ""
    cell = "log = tl.traffic.fire(outputs, orders=30, rate=30, progress=note)"
    shown = interrupted(kernel, cell)
    assert shown.startswith("FireInterruptedError: Interrupted: ")
    assert kernel.run(shown.rpartition("run: ")[2]).error == ""
    assert int(kernel.run("(log['status'] == 201).sum().item()").value) >= 3
    assert kernel.run(cell).error == ""
    assert kernel.run("(log['status'] == 201).sum().item()").value == "30"


def test_a_stopped_fetch_leaves_traces_and_can_be_repeated(kernel: RealKernel) -> None:
    assert kernel.run("outputs = tl.deploy.apply(config)").error == ""
    assert kernel.run("log = tl.traffic.fire(outputs, orders=3, rate=3)").error == ""
    cell = "traces = tl.xray.fetch_traces(config, log, quiet_s=0.5, progress=note)"
    shown = interrupted(kernel, cell)
    assert shown.startswith("FetchInterruptedError: Interrupted: 3 of 3 traces have arrived")
    assert kernel.run(shown.rpartition("run: ")[2]).error == ""
    spans = kernel.run("tl.spans.spans_from_traces(traces).index.unique('trace_id').size")
    assert spans.value == "3"
    assert kernel.run(cell).error == ""
    assert kernel.run("len(traces)").value == "3"


def test_a_kernel_answers_while_a_cell_sends_a_load(kernel: RealKernel) -> None:
    assert kernel.run("outputs = tl.deploy.apply(config); pause_s = 0").error == ""
    load = kernel.start("log = tl.traffic.fire(outputs, orders=40, rate=8, progress=note)")
    kernel.wait_until_printed(load, "under way")
    kernel.control_s()
    assert not kernel.has_ended(load)
    assert kernel.finish(load).error == ""


def test_cells_and_widgets_work_while_a_thread_sends_a_load_and_fetches(kernel: RealKernel) -> None:
    assert kernel.run("outputs = tl.deploy.apply(config); pause_s = 0").error == ""
    comm_id = kernel.run(COMM).printed.strip()
    assert kernel.run(THREAD).error == ""
    kernel.comm_s(comm_id)
    assert kernel.run("len(heard), thread.is_alive()").value == "(1, True)"
    kernel.control_s()
    assert kernel.run("thread.join(); len(traces)").value == "40"
