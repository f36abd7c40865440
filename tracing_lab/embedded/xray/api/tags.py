"""Tags of groups and sampling rules: TagResource, UntagResource, ListTagsForResource."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from . import requests
from .errors import ResourceNotFound, TooManyTags
from .records import RecordChange, Records
from .requests import Members, Operation

MAX_TAGS = 50
_MAX_TAGS_MEMBER = 200
_MAX_ARN = 1011
_MAX_KEY = 128
_MAX_VALUE = 256
_KIND = "tags"


class Tags:
    """Stores the tags of resources.

    Parameters
    ----------
    records
        Stores them.
    exists
        Return whether a resource with an ARN exists.
    """

    def __init__(self, records: Records, *exists: Callable[[str], bool]) -> None:
        self._records = records
        self._exists = exists
        self._lock = threading.Lock()

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_tags,
        }

    def tag(self, members: Members) -> dict[str, Any]:
        """Respond to TagResource: add or update tags."""
        added = read_tags({"Tags": requests.required(members.get("Tags"), "Tags")})
        arn = self._resource(members)
        with self._lock:
            tags = self._of(arn) | added
            if len(tags) > MAX_TAGS:
                msg = f"Tags: {arn} would have {len(tags)} tags, at most {MAX_TAGS} are possible."
                raise TooManyTags(msg)
            self._records.write(tag_change(arn, tags))
        return {}

    def untag(self, members: Members) -> dict[str, Any]:
        """Respond to UntagResource; unknown keys are ignored."""
        keys = requests.texts(members, "TagKeys", most=_MAX_TAGS_MEMBER, longest=_MAX_KEY)
        arn = self._resource(members)
        with self._lock:
            kept = {key: value for key, value in self._of(arn).items() if key not in keys}
            self._records.write(tag_change(arn, kept))
        return {}

    def list_tags(self, members: Members) -> dict[str, Any]:
        """Respond to ListTagsForResource, all tags at once."""
        requests.text(members, "NextToken")
        tags = self._of(self._resource(members))
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _resource(self, members: Members) -> str:
        arn = requests.required(
            requests.text(members, "ResourceARN", longest=_MAX_ARN), "ResourceARN"
        )
        if not any(exists(arn) for exists in self._exists):
            msg = f"ResourceARN: there is no group or sampling rule {arn}."
            raise ResourceNotFound(msg)
        return arn

    def _of(self, arn: str) -> dict[str, str]:
        return dict(self._records.get(_KIND, arn) or {})


def tag_change(arn: str, tags: Mapping[str, str]) -> RecordChange:
    """Return the change that replaces the tags of a resource; no tags delete the record."""
    return RecordChange(_KIND, arn, dict(tags) or None)


def read_tags(members: Members) -> dict[str, str]:
    """Return the member ``Tags``; empty if it is absent.

    Examples
    --------
    >>> read_tags({"Tags": [{"Key": "team", "Value": "shop"}]})
    {'team': 'shop'}
    """
    if members.get("Tags") is None:
        return {}
    tags = {}
    for tag in requests.objects(members, "Tags", most=_MAX_TAGS_MEMBER):
        key = requests.required(requests.text(tag, "Key", longest=_MAX_KEY), "Tags.Key")
        value = tag.get("Value")
        if not isinstance(value, str) or len(value) > _MAX_VALUE:
            requests.reject("Tags.Value", f"a string of at most {_MAX_VALUE} characters")
        if key.lower().startswith("aws:"):
            requests.reject("Tags.Key", "a key that does not begin with aws:")
        if key in tags:
            requests.reject("Tags", f"free of repeated keys; {key} is there twice")
        tags[key] = value
    return tags


def read_first_tags(members: Members) -> dict[str, str]:
    """Return the member ``Tags`` of a request that creates a resource."""
    tags = read_tags(members)
    if len(tags) > MAX_TAGS:
        requests.reject("Tags", f"a list of at most {MAX_TAGS} tags")
    return tags
