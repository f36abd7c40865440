"""REST APIs with their methods."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from tracing_lab.aws.gateway import Gateway
from tracing_lab.config import OWNERSHIP_TAG
from tracing_lab.errors import NotFoundError
from tracing_lab.stack import Observed, Resource

from .api_methods import observed_methods, sync_methods
from .api_policy import policy_of
from .api_validation import drop_checks, observed_checks, put_checks
from .base import observed, sync_tags


class RestApiProvider:
    """Provider of ``AWS::ApiGateway::RestApi``.

    Names of APIs are not unique, so a call whose response was lost may have created a duplicate. Of
    several with the stack's name and tag the oldest counts, and the others are a difference: an
    update deletes them.
    """

    def __init__(self, gateway: Gateway, apis_arn: str) -> None:
        self._gateway, self._apis_arn = gateway, apis_arn

    def observe(self, resource: Resource) -> Observed | None:
        """Read an API with its methods and tags; someone else's only if the stack has none."""
        named = self._gateway.apis_named(resource.name)
        owner = resource.properties["Tags"][OWNERSHIP_TAG]
        ours = [api for api in named if api.get("tags", {}).get(OWNERSHIP_TAG) == owner]
        if not named:
            return None
        surplus = [api["id"] for api in ours[1:]]
        return self._described(resource, (ours or named)[0], surplus)

    def create(self, resource: Resource) -> Mapping[str, str]:
        """Create an API with its methods."""
        wanted = resource.properties
        policy = wanted.get("Policy")
        made = self._gateway.create_api(resource.name, tags=wanted["Tags"], policy=policy)
        api_id = made["id"]
        self._sync_methods(api_id, wanted)
        return {"Id": api_id}

    def update(self, resource: Resource, found: Observed, changed: frozenset[str]) -> None:
        """Update endpoint type, policy, methods with their validation, or tags."""
        api_id, wanted = found.outputs["Id"], resource.properties
        if "EndpointType" in changed:
            old, new = found.properties["EndpointType"], wanted["EndpointType"]
            self._gateway.set_endpoint_type(api_id, old=old, new=new)
        if "Duplicates" in changed:
            self._delete_duplicates(found)
        if "Policy" in changed:
            self._gateway.set_policy(api_id, wanted.get("Policy"))
        if changed & {"Methods", "Models", "Validators"}:
            self._sync_methods(api_id, wanted)
            drop_checks(self._gateway, api_id, wanted, found.properties)
        sync_tags(self._gateway, f"{self._apis_arn}/{api_id}", resource, found, changed)

    def delete(self, found: Observed) -> None:
        """Delete an API with everything in it, and its duplicates."""
        self._delete_duplicates(found)
        self._gateway.delete_api(found.outputs["Id"])

    def _sync_methods(self, api_id: str, wanted: Mapping[str, Any]) -> None:
        validators = put_checks(self._gateway, api_id, wanted)
        sync_methods(self._gateway, api_id, wanted["Methods"], validators)

    def _delete_duplicates(self, found: Observed) -> None:
        for api_id in found.properties.get("Duplicates", ()):
            with suppress(NotFoundError):
                self._gateway.delete_api(api_id)

    def _described(
        self, resource: Resource, api: Mapping[str, Any], surplus: list[str]
    ) -> Observed:
        items = self._gateway.resources(api["id"])
        checks = observed_checks(self._gateway, api["id"], resource.properties, items)
        policy = policy_of(api.get("policy"), api["id"])
        properties = {
            **({"Duplicates": surplus} if surplus else {}),
            "EndpointType": api["endpointConfiguration"]["types"][0],
            "Methods": observed_methods(items, checks.ids),
            "Name": api["name"],
            **({"Policy": policy} if policy else {}),
            **checks.properties(),
        }
        outputs = {"Id": api["id"]}
        return observed(resource, properties, api.get("tags", {}), outputs=outputs)
