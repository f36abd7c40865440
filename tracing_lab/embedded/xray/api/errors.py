"""The errors in X-Ray's API model, besides InvalidRequestException."""


class XRayException(Exception):  # noqa: N818 - AWS's names are in `code`
    """The error response to a rejected request.

    Parameters
    ----------
    message
        What is wrong, naming the member.
    """

    code = "InvalidRequestException"
    status = 400


class AccessDenied(XRayException):
    """X-Ray itself may not do what the request needs."""

    code = "AccessDeniedException"
    status = 403


class ResourceNotFound(XRayException):
    """A resource that the request names does not exist."""

    code = "ResourceNotFoundException"
    status = 404


class RuleLimitExceeded(XRayException):
    """The account's limit of sampling rules is reached."""

    code = "RuleLimitExceededException"


class TooManyTags(XRayException):
    """A resource would have too many tags."""

    code = "TooManyTagsException"


class InvalidPolicyRevision(XRayException):
    """The policy is not at the revision that the request expects."""

    code = "InvalidPolicyRevisionIdException"


class LockoutPrevention(XRayException):
    """The policy would deny its author to change it again."""

    code = "LockoutPreventionException"


class MalformedPolicy(XRayException):
    """The policy document is not a valid policy."""

    code = "MalformedPolicyDocumentException"


class PolicyCountExceeded(XRayException):
    """The account's limit of resource policies is reached."""

    code = "PolicyCountLimitExceededException"


class PolicySizeExceeded(XRayException):
    """The policy document is too long."""

    code = "PolicySizeLimitExceededException"
