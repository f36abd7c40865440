"""What a stack offers, by its names alone."""

from tracing_lab.config import Config
from tracing_lab.stack import Names, Site
from tracing_lab.stack.outputs import outputs_from_names


def test_real_account_has_aws_urls_and_plain_commands() -> None:
    config = Config(target="aws", aws_region="eu-west-1")
    names = Names(config, Site("123456789012", "eu-west-1"))
    found = outputs_from_names(names, api_id="abc", endpoint_url=None)
    assert found.api_endpoint == "https://abc.execute-api.eu-west-1.amazonaws.com/prod"
    assert "--endpoint-url" not in "".join(found.test_commands)
    assert "AWS_ACCESS_KEY_ID" not in "".join(found.test_commands)
