"""X-Ray's groups and rules: what its one error means."""

from typing import Any

import pytest

from tracing_lab.aws.calling.caller import Caller
from tracing_lab.aws.xray_settings import XRaySettings
from tracing_lab.errors import AwsError, NotFoundError


@pytest.mark.parametrize("there", [True, False])
def test_x_rays_one_error_is_told_apart_by_what_is_there(there: bool) -> None:  # noqa: FBT001 - a row
    groups = [{"GroupName": "g", "GroupARN": "arn:g"}] if there else []
    xray = SettingsFake(groups)
    with pytest.raises(AwsError) as caught:
        XRaySettings(xray).create_group("g", "x", {})
    exists = caught.value.code == "ResourceAlreadyExistsException"
    assert exists is there
    with pytest.raises(AwsError) as caught:
        XRaySettings(xray).delete_group("arn:g")
    assert isinstance(caught.value, NotFoundError) is not there


class SettingsFake(Caller):
    """A caller that lists groups and rejects everything else as X-Ray does."""

    def __init__(self, groups: list[dict[str, str]]) -> None:
        super().__init__(lambda _: None)
        self._groups = groups

    def call(self, operation: str, resource: str, /, **_: Any) -> Any:
        raise AwsError(operation, operation=operation, code="InvalidRequestException")

    def pages(self, *_: Any, **__: Any) -> Any:
        return self._groups
