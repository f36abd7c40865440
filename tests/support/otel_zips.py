"""The handlers for OpenTelemetry from their zips, in processes that the layer's script starts."""

import io
import os
import socket
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lambda_zips import RUNTIME, Aws, event_bus

from tracing_lab.embedded.xray.ingest.span_datagrams import read_span_datagram
from tracing_lab.otlp.segments.aws_endpoint import segments_as_aws_makes_them
from tracing_lab.package import build_all
from tracing_lab.package.distro import layer_zip


@dataclass(kw_only=True)
class OtelAws(Aws):
    """Runs zips with the layer, which is unpacked in a folder."""

    layer: Path

    def start(self, service: str, **extra: str) -> subprocess.Popen[str]:
        site = sysconfig.get_path("purelib")
        command = ["bash", str(self.layer / "otel-instrument"), sys.executable, "-c", RUNTIME]
        command += [str(self.roots[service]), site, "otel_wrapper"]
        own = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "_HANDLER": f"{service}_service.lambda_handler",
            "AWS_REGION": "us-east-1",
        }
        pipe = subprocess.PIPE
        environ = {**self.environ(service), **own, **extra}
        return self.stack.enter_context(
            subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, text=True)
        )

    def documents(self) -> Iterator[dict[str, Any]]:
        """Return what X-Ray makes of the sampled spans, in the order in which they ended."""
        for datagram in map(read_span_datagram, self.payloads()):
            if datagram.is_sampled:
                yield from segments_as_aws_makes_them(datagram.spans)


@contextmanager
def running_otel_zips(folder: Callable[[str], Path], distro: Path) -> Iterator[OtelAws]:
    """Run the zips of all services with the layer.

    Parameters
    ----------
    folder
        Makes an empty folder for a service, and for the layer.
    distro
        The layer's packages.
    """
    roots = {}
    for service, package in build_all("opentelemetry").items():
        roots[service] = folder(service)
        zipfile.ZipFile(io.BytesIO(package.data)).extractall(roots[service])
    layer = folder("layer")
    zipfile.ZipFile(io.BytesIO(layer_zip(distro))).extractall(layer)
    script = layer / "otel-instrument"
    script.write_text(script.read_text().replace("/opt/", f"{layer}/"), encoding="utf-8")
    with (
        event_bus() as bus,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon,
        ExitStack() as stack,
    ):
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(0)
        yield OtelAws(roots, bus, daemon, stack, layer=layer)
