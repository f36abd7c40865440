"""Where templates are deployed: the embedded AWS that tests share."""

import pytest


@pytest.fixture(scope="module")
def endpoint_url(embedded_url: str) -> str:
    return embedded_url
