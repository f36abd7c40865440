"""The outputs of a deployed stack: URLs, names, console links and commands."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote

from tracing_lab.config import SERVICES
from tracing_lab.tables import html_table, text_table

from .names import Names, Site

_HOUR = "$(($(date +%s) - 3600))"  # works in bash and zsh, with GNU's and BSD's date
_NOW = "$(date +%s)"
_BODY = '{"productId": "12345", "quantity": 2, "amount": 149.99}'


@dataclass(frozen=True)
class Outputs:
    """The outputs of a deployed stack.

    Parameters
    ----------
    target
        ``embedded`` or ``aws``.
    region, account_id
        The stack's region and account.
    endpoint_url
        The emulator of the stack; None on a real account.
    api_id, api_name, stage_name
        The REST API and its stage.
    api_endpoint
        Base URL of the API's stage.
    api_test_url
        URL to POST an order to.
    event_bus_name, event_bus_arn
        The event bus.
    function_names, function_arns
        Service name to its function.
    log_groups
        Service name, or ``access`` for the API, to its log group.
    console_links
        Console links by title; only a real account has a console.
    test_commands
        Shell commands to try the stack with, ready to paste.
    api_key
        The value of the header ``X-Api-Key``; None if the API requires none. Tables do not show it.
    """

    target: str
    region: str
    account_id: str
    endpoint_url: str | None
    api_id: str
    api_name: str
    stage_name: str
    api_endpoint: str
    api_test_url: str
    event_bus_name: str
    event_bus_arn: str
    function_names: Mapping[str, str]
    function_arns: Mapping[str, str]
    log_groups: Mapping[str, str]
    console_links: Mapping[str, str]
    test_commands: tuple[str, ...]
    api_key: str | None = field(default=None, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the outputs as JSON-serializable data.

        Returns
        -------
        dict[str, Any]
            Values by output name, the API key in plain text.
        """
        return {**asdict(self), "test_commands": list(self.test_commands)}

    def _rows(self) -> list[tuple[str, str]]:
        rows = []
        shown = "***" if self.api_key else None
        for name, value in {**self.to_dict(), "api_key": shown}.items():
            if isinstance(value, dict):
                rows += [(f"{name}.{key}", str(item)) for key, item in value.items()]
            elif isinstance(value, list):
                rows += [(f"{name}[{i}]", str(item)) for i, item in enumerate(value)]
            else:
                rows.append((name, "" if value is None else str(value)))
        return rows

    def __str__(self) -> str:
        return text_table(self._rows(), headers=("output", "value"))

    def _repr_html_(self) -> str:
        return html_table(self._rows(), headers=("output", "value"), caption="Outputs")


def outputs_from_names(
    names: Names, *, api_id: str, endpoint_url: str | None, api_key: str | None = None
) -> Outputs:
    """Return the outputs of a stack; everything but the API's id follows from its names.

    Parameters
    ----------
    names
        The stack's names.
    api_id
        Id of the REST API.
    endpoint_url
        The emulator of the stack; None on a real account.
    api_key
        Value of the API key, if the API requires one.
    """
    config, site = names.config, names.site
    stage = config.api_gateway_stage_name
    endpoint = invoke_url(api_id, stage, names=names, endpoint_url=endpoint_url)
    test_url = f"{endpoint}/orders/customer-1"
    return Outputs(
        target=config.target,
        region=site.region,
        account_id=site.account_id,
        endpoint_url=endpoint_url,
        api_id=api_id,
        api_name=names.api,
        stage_name=stage,
        api_endpoint=endpoint,
        api_test_url=test_url,
        event_bus_name=names.bus,
        event_bus_arn=names.bus_arn,
        function_names={service: names.function(service) for service in SERVICES},
        function_arns={service: names.function_arn(service) for service in SERVICES},
        log_groups={
            **{service: names.log_group(service) for service in SERVICES},
            "access": names.access_log_group,
        },
        console_links=_console_links(site),
        test_commands=_test_commands(names, test_url, endpoint_url),
        api_key=api_key,
    )


def invoke_url(api_id: str, stage: str, *, names: Names, endpoint_url: str | None) -> str:
    """Return the URL of a stage, on an emulator or on AWS.

    Parameters
    ----------
    api_id
        Id of the REST API.
    stage
        Name of the stage.
    names
        Provides region and partition.
    endpoint_url
        The emulator; None on a real account.

    Returns
    -------
    str
        Base URL without a trailing slash.
    """
    if endpoint_url is not None:
        return f"{endpoint_url}/_aws/execute-api/{api_id}/{quote(stage)}"
    domain = "amazonaws.com.cn" if names.site.partition == "aws-cn" else "amazonaws.com"
    return f"https://{api_id}.execute-api.{names.site.region}.{domain}/{stage}"


def _console_links(site: Site) -> dict[str, str]:
    domain = {
        "aws-cn": "console.amazonaws.cn",
        "aws-us-gov": "console.amazonaws-us-gov.com",
    }.get(site.partition, "console.aws.amazon.com")
    base = f"https://{site.region}.{domain}/cloudwatch/home?region={site.region}"
    return {"service_map": f"{base}#xray:service-map/map", "traces": f"{base}#xray:traces/query"}


def _test_commands(names: Names, test_url: str, endpoint_url: str | None) -> tuple[str, ...]:
    aws = _aws_command(names.site.region, endpoint_url)
    entry = {
        "Source": "test",
        "DetailType": "Test Event",
        "Detail": '{"test": true}',
        "EventBusName": names.bus,
    }
    time_range = f'--start-time "{_HOUR}" --end-time "{_NOW}"'
    # `aws logs tail` is missing in version 1 of the command; it calls this operation.
    since = f'--start-time "{_HOUR}000"'
    # Read when needed, so that the key is neither shown nor kept in a shell's history.
    key = f"{aws} apigateway get-api-keys --name-query {names.api_key} --include-values"
    key_header = f"""-H "X-Api-Key: $({key} --query 'items[0].value' --output text)" """
    headers = "-H 'Content-Type: application/json' "
    headers += key_header if names.config.enable_api_key else ""
    return (
        f"curl -sS -X POST {headers}-d '{_BODY}' {test_url}",
        f"{aws} logs filter-log-events --log-group-name {names.log_group('order')} {since}",
        f"{aws} events list-rules --event-bus-name {names.bus}",
        f"{aws} xray get-service-graph {time_range}",
        f"{aws} xray get-trace-summaries {time_range}",
        f"{aws} events put-events --entries '{json.dumps([entry])}'",
    )


def _aws_command(region: str, endpoint_url: str | None) -> str:
    """Return the AWS CLI command for the stack; an emulator never gets the user's credentials."""
    if endpoint_url is None:
        return f"aws --region {region}"
    credentials = "AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
    return f"{credentials} aws --region {region} --endpoint-url {endpoint_url}"
