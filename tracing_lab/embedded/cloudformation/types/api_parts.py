"""Types whose resources belong to an API of API Gateway, and have an id there."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from .model import Context, Made, Members, Properties, ResourceType, gone

ChangePart = Callable[[Context, str, Members, Properties, Properties], Awaitable[None]]


@dataclass(frozen=True)
class ApiParts:
    """The types of a kind of API.

    Parameters
    ----------
    prefix
        What their names begin with, for example ``AWS::ApiGateway::``.
    service
        The service whose calls make them.
    api
        The property with the API that a resource belongs to.
    change
        Changes a resource: accepts the operation, the properties that name the resource, and its
        properties before and after.
    """

    prefix: str
    service: str
    api: str
    change: ChangePart

    def type_of(
        self,
        name: str,
        *,
        key: str,
        ref: str = "",
        has_attribute: bool = True,
        required: Iterable[str] = (),
        replaced_by: Iterable[str] = (),
    ) -> ResourceType:
        """Return a type.

        Parameters
        ----------
        name
            The last part of its name.
        key
            The member with which calls name a resource.
        ref
            The member of responses that has it; empty if that is ``key``, too.
        has_attribute
            Whether ``Fn::GetAtt`` gives it, too, by the name ``key``.
        required, replaced_by
            Properties, besides the API.
        """

        def named(made: Made, properties: Properties) -> Members:
            return {self.api: properties[self.api], key: made.ref}

        async def create(context: Context, properties: Properties) -> Made:
            response = await context.apply(self.service, f"Create{name}", properties)
            identifier = response[ref or key]
            return Made(identifier, {key: identifier} if has_attribute else {})

        async def update(context: Context, made: Made, old: Properties, new: Properties) -> Made:
            await self.change(context, f"Update{name}", named(made, new), old, new)
            return made

        async def delete(context: Context, made: Made, properties: Properties) -> None:
            await gone(context.apply(self.service, f"Delete{name}", named(made, properties)))

        return ResourceType(
            name=f"{self.prefix}{name}",
            create=create,
            update=update,
            delete=delete,
            calls=((self.service, f"Create{name}"),),
            required=frozenset({self.api, *required}),
            replaced_by=frozenset({self.api, *replaced_by}),
        )
