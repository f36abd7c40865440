"""A template with the parameters of one deployment: which resources it wants, in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from .checking import depends_on
from .conditions import chosen, evaluate_conditions
from .intrinsics import TemplateScope
from .parameters import typed_value
from .references import in_order, names_in


@dataclass(frozen=True)
class Document:
    """What one deployment wants.

    Parameters
    ----------
    content
        The template.
    scope
        What its values refer to; resources are added as they are made.
    """

    content: Mapping[str, Any]
    scope: TemplateScope

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """The resources whose condition is true, each after those that it depends on."""
        return {name: self._wanted[name] for name in in_order(self.dependencies)}

    @cached_property
    def dependencies(self) -> Mapping[str, set[str]]:
        """What each of them depends on."""
        return {
            name: {
                *names_in(chosen(resource.get("Properties") or {}, self.scope.conditions)),
                *depends_on(resource),
            }
            & (self._wanted.keys() - {name})
            | self._on_itself(name, resource)
            for name, resource in self._wanted.items()
        }

    @cached_property
    def _wanted(self) -> Mapping[str, Mapping[str, Any]]:
        return {
            name: resource
            for name, resource in self.content["Resources"].items()
            if self._is_wanted(resource)
        }

    def properties(self, name: str) -> dict[str, Any]:
        """Return a resource's properties, computed; StackError if they cannot be."""
        found = self.scope.value(self.resources[name].get("Properties") or {})
        return dict(found)

    def outputs(self) -> list[dict[str, str]]:
        """Return the outputs whose condition is true, computed."""
        return [
            self._output(name, output)
            for name, output in (self.content.get("Outputs") or {}).items()
            if self._is_wanted(output)
        ]

    def _output(self, name: str, output: Mapping[str, Any]) -> dict[str, str]:
        found = {"OutputKey": name, "OutputValue": str(self.scope.value(output["Value"]))}
        if "Description" in output:
            found["Description"] = str(output["Description"])
        if "Export" in output:
            found["ExportName"] = str(self.scope.value(output["Export"]["Name"]))
        return found

    def _is_wanted(self, part: Mapping[str, Any]) -> bool:
        condition = part.get("Condition")
        return condition is None or self.scope.conditions[condition]

    def _on_itself(self, name: str, resource: Mapping[str, Any]) -> set[str]:
        """Return the name if a resource refers to itself, which is a circle."""
        return {name} & names_in(resource.get("Properties") or {})


def document_of(
    content: Mapping[str, Any],
    parameters: Mapping[str, str],
    pseudo: Mapping[str, Any],
    exports: Mapping[str, str],
) -> Document:
    """Return a template with its parameters set and its conditions evaluated.

    Parameters
    ----------
    content
        The template.
    parameters
        The value of each parameter.
    pseudo
        ``AWS::Region`` and the like.
    exports
        What other stacks export.
    """
    declared = content.get("Parameters") or {}
    values = {name: typed_value(declared.get(name, {}), text) for name, text in parameters.items()}
    mappings = content.get("Mappings") or {}
    scope = TemplateScope({**pseudo, **values}, mappings=mappings, exports=exports)
    evaluate_conditions(content.get("Conditions") or {}, scope)
    return Document(content, scope)
