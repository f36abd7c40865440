"""Operations are called by name, so their names are checked against botocore's models."""

import re
from pathlib import Path

import botocore.session

import tracing_lab

CALLED = re.compile(r'\.\w*(?:call(?:_method)?|pages|all_pages|wait_until)\(\s*"([a-z0-9]+):(\w+)"')


def test_every_operation_that_is_called_exists() -> None:
    sources = (Path(tracing_lab.__file__).parent / "aws").glob("*.py")
    called = {found for path in sources for found in CALLED.findall(path.read_text("utf-8"))}
    session = botocore.session.get_session()
    models = {service: session.get_service_model(service) for service, _ in called}
    assert len(called) > 80
    unknown = [one for one in sorted(called) if one[1] not in models[one[0]].operation_names]
    assert unknown == []
