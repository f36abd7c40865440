"""The errors that the X-Ray API models, beside InvalidRequestException."""


class Refusal(Exception):  # noqa: N818 - AWS's names are in `code`
    """The request is refused; what the client gets.

    Parameters
    ----------
    message
        What is wrong, naming the member.
    """

    code = "InvalidRequestException"
    status = 400


class ResourceNotFound(Refusal):
    """A resource that the request names does not exist."""

    code = "ResourceNotFoundException"
    status = 404


class RuleLimitExceeded(Refusal):
    """There are as many sampling rules as an account may have."""

    code = "RuleLimitExceededException"


class TooManyTags(Refusal):
    """A resource would have more tags than it may."""

    code = "TooManyTagsException"


class InvalidPolicyRevision(Refusal):
    """The policy is not at the revision that the request expects."""

    code = "InvalidPolicyRevisionIdException"


class LockoutPrevention(Refusal):
    """The policy would keep its author from changing it again."""

    code = "LockoutPreventionException"


class MalformedPolicy(Refusal):
    """The policy document is no policy."""

    code = "MalformedPolicyDocumentException"


class PolicyCountExceeded(Refusal):
    """There are as many resource policies as an account may have."""

    code = "PolicyCountLimitExceededException"


class PolicySizeExceeded(Refusal):
    """The policy document is too long."""

    code = "PolicySizeLimitExceededException"
