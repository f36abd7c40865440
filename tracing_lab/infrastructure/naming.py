"""Names within exported files."""


def pascal_case(logical: str) -> str:
    """Name a resource in CloudFormation, which takes letters and digits only.

    Examples
    --------
    >>> pascal_case("order-log-group")
    'OrderLogGroup'
    """
    return "".join(word[:1].upper() + word[1:] for word in logical.split("-"))


def snake_case(logical: str) -> str:
    """Name a resource in Terraform.

    Examples
    --------
    >>> snake_case("order-log-group")
    'order_log_group'
    """
    return logical.replace("-", "_")
