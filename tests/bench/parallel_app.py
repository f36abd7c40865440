"""A function that calls two others, one after the other or, by a variable, at the same time."""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from plain_apps import PlainApp, allow

from tracing_lab.embedded.lifecycle import EmbeddedStatus

_CALLS: Final = ("price", "stock")

_WORK: Final = """
import os, random, time

def work(name, order):
    rng = random.Random(f"{os.environ.get('SEED', '')} {name} {order}")
    time.sleep(float(os.environ["MEDIAN_MS"]) / 1000
               * rng.lognormvariate(0, float(os.environ["SIGMA"])))
"""

_CHECKOUT: Final = """
import json, threading
import boto3
from aws_xray_sdk.core import patch, xray_recorder
from work import work, os

patch(["botocore"])
functions = boto3.client("lambda")

def call(name, event, entity):
    xray_recorder.set_trace_entity(entity)
    functions.invoke(FunctionName=name, Payload=json.dumps(event))

def handler(event, context):
    work("checkout", event["order"])
    entity = xray_recorder.get_trace_entity()
    calls = [threading.Thread(target=call, args=(name, event, entity)) for name in CALLS]
    for thread in calls:
        thread.start()
        if not os.environ.get("PARALLEL"):
            thread.join()
    for thread in calls:
        thread.join()
""".replace("CALLS", repr(_CALLS))

_CALLED: Final = """
from work import work

def handler(event, context):
    work("NAME", event["order"])
"""


class ParallelApp:
    """The app on a running embedded AWS."""

    def __init__(self, running: EmbeddedStatus, settings: Mapping[str, Mapping[str, str]]) -> None:
        self._app = PlainApp(running)
        self._header = threading.local()
        events: Any = self._app.functions.meta.events
        events.register("before-sign.lambda.Invoke", self._with_header)
        for name, variables in settings.items():
            source = _CHECKOUT if name == "checkout" else _CALLED.replace("NAME", name)
            files = {"app.py": source.encode(), "work.py": _WORK.encode()}
            self._app.function(
                name,
                "app.handler",
                files,
                allow("lambda:InvokeFunction"),
                Environment={"Variables": dict(variables)},
                MemorySize=256,
            )

    def configure(self, settings: Mapping[str, Mapping[str, str]], seed: int) -> None:
        """Set the variables of all functions."""
        for name, variables in settings.items():
            self._app.functions.update_function_configuration(
                FunctionName=name, Environment={"Variables": {**variables, "SEED": str(seed)}}
            )

    def fire(self, trace_ids: Sequence[str], *, rate: float) -> None:
        """Invoke the first function once per trace, at a rate."""
        began_s = time.monotonic()
        with ThreadPoolExecutor(16) as pool:
            for number, trace_id in enumerate(trace_ids):
                time.sleep(max(0.0, began_s + number / rate - time.monotonic()))
                pool.submit(self._invoke, trace_id, number).add_done_callback(_raise)

    def _invoke(self, trace_id: str, number: int) -> None:
        self._header.value = f"Root={trace_id};Sampled=1"
        payload = json.dumps({"order": number})
        response = self._app.functions.invoke(FunctionName="checkout", Payload=payload)
        response["Payload"].read()

    def _with_header(self, request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = self._header.value


def _raise(done: Any) -> None:
    done.result()
