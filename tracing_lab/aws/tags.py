"""Convert between the two forms in which AWS writes tags."""

from collections.abc import Mapping


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags as the list of ``Key``/``Value`` pairs that older APIs expect.

    Examples
    --------
    >>> tag_list({"Owner": "me"})
    [{'Key': 'Owner', 'Value': 'me'}]
    """
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tag_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    """Return tags as a dict from the list of pairs that older APIs return.

    Parameters
    ----------
    tags
        One ``Key``/``Value`` pair per tag.

    Examples
    --------
    >>> tag_dict([{"Key": "Owner", "Value": "me"}])
    {'Owner': 'me'}
    """
    return {tag["Key"]: tag["Value"] for tag in tags}
