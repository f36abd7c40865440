"""The two ways in which AWS writes tags."""

from collections.abc import Mapping


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Write tags as the list of pairs that older APIs want.

    Parameters
    ----------
    tags
        Tag names to values.

    Returns
    -------
    list[dict[str, str]]
        One ``Key``/``Value`` pair per tag.

    Examples
    --------
    >>> tag_list({"Owner": "me"})
    [{'Key': 'Owner', 'Value': 'me'}]
    """
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    """Read tags from the list of pairs that older APIs give.

    Parameters
    ----------
    tags
        One ``Key``/``Value`` pair per tag.

    Returns
    -------
    dict[str, str]
        Tag names to values.

    Examples
    --------
    >>> tag_dict([{"Key": "Owner", "Value": "me"}])
    {'Owner': 'me'}
    """
    return {tag["Key"]: tag["Value"] for tag in tags}
