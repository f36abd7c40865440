"""Applies the macro of the Serverless Application Model with AWS's own translator, an extra.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-serverless.html
"""

import copy
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from tracing_lab.embedded.cloudformation.errors import validation_error

SERVERLESS = "AWS::Serverless-2016-10-31"

_ADVICE = (
    f"Transform {SERVERLESS} needs AWS's translator: pip install 'tracing-lab[sam]' and restart "
    "the embedded AWS; or transform the template before."
)
_APPLICATION = "AWS::Serverless::Application"


def without_serverless(
    template: Mapping[str, Any], parameters: Mapping[str, str], region: str
) -> dict[str, Any]:
    """Return a template with the resources that its serverless ones stand for.

    Parameters
    ----------
    template
        The template.
    parameters
        The values that were given for its parameters.
    region
        The stack's.

    Raises
    ------
    ApiError
        The translator is not installed, or it rejects the template.
    """
    try:
        from samtranslator.internal.managed_policies import (  # noqa: PLC0415 - an extra
            get_bundled_managed_policy_map,
        )
        from samtranslator.model.exceptions import InvalidDocumentException  # noqa: PLC0415 - same
        from samtranslator.parser.parser import Parser  # noqa: PLC0415 - same
        from samtranslator.translator.translator import Translator  # noqa: PLC0415 - same
    except ImportError as error:
        raise validation_error(_ADVICE) from error
    _check_applications(template)
    session: Any = SimpleNamespace(region_name=region)  # all that is read of it
    try:
        made = Translator(None, Parser(), boto_session=session).translate(
            copy.deepcopy(dict(template)),
            parameter_values={"AWS::Region": region, **parameters},
            get_managed_policy_map=lambda: get_bundled_managed_policy_map("aws") or {},
        )
    except InvalidDocumentException as error:
        causes = " ".join(str(cause.message) for cause in error.causes)
        message = f"Transform {SERVERLESS} failed with: {error.message} {causes}"
        raise validation_error(message) from error
    return {name: value for name, value in made.items() if name != "Transform"}


def _check_applications(template: Mapping[str, Any]) -> None:
    """Raise ApiError if a template includes another one, which would be fetched from AWS."""
    for name, resource in template.get("Resources", {}).items():
        if resource["Type"] == _APPLICATION:
            message = (
                f"Resource type {_APPLICATION} is not simulated: take {name} out of the template, "
                "or put its resources there."
            )
            raise validation_error(message)
