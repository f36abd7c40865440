"""Versions of Lambda layers, which have no tags: a version's description says whose it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from tracing_lab.aws.lambda_ import Lambda
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

Version = Mapping[str, Any]


class LayerVersionProvider:
    """Provider of ``AWS::Lambda::LayerVersion``; the newest of the stack's versions is the layer.

    A run that was interrupted may have left several. Versions that somebody else published under
    the same name are never deleted.

    Parameters
    ----------
    lambda_
        The AWS clients.
    zips
        Zips by hash.
    """

    def __init__(self, lambda_: Lambda, zips: Mapping[str, bytes]) -> None:
        self._lambda, self._zips = lambda_, zips

    def observe(self, resource: Resource) -> Observed | None:
        """Read the stack's newest version; someone else's only if there is no other."""
        versions = self._lambda.layer_versions(resource.name)
        own = _own(versions, resource)
        if not versions:
            return None
        newest = (own or versions)[0]
        read = self._lambda.layer_version(resource.name, newest["Version"])
        properties = {
            "CodeSha256": read["Content"]["CodeSha256"],
            "Description": read.get("Description", ""),
            "LayerName": resource.name,
        }
        outputs = {"Arn": newest["LayerVersionArn"]}
        return Observed(resource, properties, outputs, owned=bool(own))

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Publish a version."""
        wanted = resource.properties
        arn = self._lambda.publish_layer_version(
            resource.name,
            zip_bytes=self._zips[wanted["CodeSha256"]],
            description=wanted["Description"],
        )
        return {"Arn": arn}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Do nothing: a version cannot be changed, so the plan replaces it."""

    def delete(self, found: Observed) -> None:
        """Delete all versions of the stack; functions that still have one keep it."""
        own = _own(self._lambda.layer_versions(found.resource.name), found.resource)
        if not own:
            msg = f"{found.resource.name} has no versions of this stack any more; nothing to do."
            raise NotFoundError(msg, operation="lambda:DeleteLayerVersion")
        for version in own:
            self._lambda.delete_layer_version(found.resource.name, version["Version"])


def _own(versions: Sequence[Version], resource: Resource) -> list[Version]:
    mark = resource.properties["Description"]
    return [version for version in versions if version.get("Description") == mark]
