"""What asks for the next page."""

import botocore.session
import pytest

from tracing_lab.aws.calling.paging import TOKENS, next_page

SERVICES = [
    "apigateway",
    "cloudwatch",
    "events",
    "iam",
    "lambda",
    "logs",
    "resourcegroupstaggingapi",
    "sns",
    "sqs",
    "xray",
]


@pytest.mark.parametrize("service", SERVICES)
def test_tokens_are_those_of_awss_own_paginators(service: str) -> None:
    session = botocore.session.get_session()
    paginators = session.get_paginator_model(service)
    for operation in session.get_service_model(service).operation_names:
        try:
            known = paginators.get_paginator(operation)
        except ValueError:  # it has no pages
            continue
        assert TOKENS[known["output_token"]] == known["input_token"], operation


def test_empty_token_ends_the_pages() -> None:
    assert next_page({"PaginationToken": "", "Items": [1]}) == {}
