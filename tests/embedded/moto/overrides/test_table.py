"""Each override is needed with this moto, and makes it respond as AWS does: see `make canary`."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from control_planes import client_of
from direct_clients import direct_client
from override_probes import PROBES, REGION, Probe

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto import overrides
from tracing_lab.embedded.moto.adapter import MotoApp
from tracing_lab.embedded.moto.plane import ControlPlane
from tracing_lab.embedded.protocol.api_call import read_call

CASES = [
    pytest.param(probe, id=f"{module}-{probe.__name__}")
    for module, probes in PROBES.items()
    for probe in probes
]


@pytest.fixture
def moto() -> Iterator[MotoApp]:
    app = MotoApp()
    app.reset()
    yield app
    app.reset()


@pytest.fixture
def control(tmp_path: Path) -> Iterator[ControlPlane]:
    made = ControlPlane(tmp_path)
    made.reset()
    yield made
    made.reset()
    made.close()


@pytest.mark.parametrize("probe", CASES)
def test_override_is_right(control: ControlPlane, probe: Probe) -> None:
    assert probe(partial(client_of, control, region=REGION))


@pytest.mark.parametrize("probe", CASES)
def test_override_is_needed(moto: MotoApp, probe: Probe) -> None:
    def respond(request: HttpRequest) -> HttpResponse:
        return moto(read_call(request), seed=1)

    try:
        is_right = probe(partial(direct_client, handle=respond, region=REGION))
    except (ClientError, LookupError):
        is_right = False
    assert not is_right, "moto responds as AWS does now: delete the override"


def test_each_override_has_a_probe() -> None:
    folder = Path(overrides.__file__).parent
    paths = [path.relative_to(folder) for path in folder.rglob("*.py")]
    modules = {".".join(path.with_suffix("").parts) for path in paths if path.stem != "__init__"}
    assert set(PROBES) == modules - {"table"}
