"""Names within exported files."""

import re

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def pascal_case(logical: str) -> str:
    """Return a resource's name in CloudFormation, which allows letters and digits only.

    Examples
    --------
    >>> pascal_case("order-log-group")
    'OrderLogGroup'
    """
    return "".join(word[:1].upper() + word[1:] for word in logical.split("-"))


def snake_case(logical: str) -> str:
    """Return a resource's name in Terraform.

    Examples
    --------
    >>> snake_case("order-log-group")
    'order_log_group'
    """
    return logical.replace("-", "_")


def attribute_name(property_name: str) -> str:
    """Name a property of CloudFormation as Terraform mostly does.

    Examples
    --------
    >>> attribute_name("HTTPMethod"), attribute_name("KmsKeyId")
    ('http_method', 'kms_key_id')
    """
    return _WORD.sub("_", property_name).lower()
