"""From botocore's exceptions to this package's errors, with what to do next."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as BotoConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from tracing_lab.errors import AwsError, CredentialsError, EndpointUnreachableError, NotFoundError

_CREDENTIAL_EXCEPTIONS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
_MAX_TEXT = 300
_UNREACHABLE_EXCEPTIONS = (BotoConnectionError, HTTPClientError)
_CREDENTIAL_CODES = {
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
}
_NOT_FOUND_CODES = {
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFoundException",
    "ResourceNotFoundException",
}
_REMEDIES = {
    "AccessDenied": "Ask for the permission named above",
    "AccessDeniedException": "Ask for the permission named above",
    "UnauthorizedException": "Ask for the permission named above",
    "ForbiddenException": "Ask for the permission named above",
    "LimitExceeded": "Raise the quota in Service Quotas or delete what is not needed",
    "LimitExceededException": "Raise the quota in Service Quotas or delete what is not needed",
    "CodeStorageExceededException": "Delete old function versions or raise the quota",
    "EntityAlreadyExists": "Run plan again: it looks at what exists now",
    "ResourceAlreadyExistsException": "Run plan again: it looks at what exists now",
}
_CREDENTIALS_REMEDY = (
    "Sign in again (for example `aws sso login`) or set AWS_PROFILE; if AWS_ACCESS_KEY_ID is "
    "'test' in this shell, unset the AWS_* variables that an emulator needed"
)
# Answers that change by themselves: a new role takes seconds to be usable, two changes of one
# resource collide, a function is still being set up.
_TRANSIENT_CODES = {
    "ConcurrentModification",
    "ConcurrentModificationException",
    "EntityTemporarilyUnmodifiable",
    "OperationAbortedException",
    "ServiceFailure",
    "TooManyRequestsException",
}
_TRANSIENT_TEXTS = (
    "cannot be assumed by lambda",
    "in progress for resource",
    "is currently in the following state: pending",
    "concurrent modification",
    "role arn does not have required permissions",
)


def error_from_exception(
    exception: Exception, *, operation: str, resource: str, endpoint_url: str | None = None
) -> AwsError:
    """Say what a failed call means.

    Parameters
    ----------
    exception
        What botocore raised.
    operation
        Service and operation, for example ``lambda:CreateFunction``.
    resource
        What the call was about.
    endpoint_url
        Where the call went, if not to AWS's own endpoints.

    Returns
    -------
    AwsError
        The error to raise.
    """
    if isinstance(exception, ClientError):
        return _from_answer(exception, operation, resource)
    if isinstance(exception, _CREDENTIAL_EXCEPTIONS):
        msg = f"{operation} on {resource}: no usable credentials ({exception}). "
        return CredentialsError(msg + _CREDENTIALS_REMEDY + ".", operation=operation)
    if isinstance(exception, _UNREACHABLE_EXCEPTIONS):
        msg = f"{operation} on {resource}: {exception}. {_unreachable_remedy(endpoint_url)}."
        return EndpointUnreachableError(msg, operation=operation)
    kind = "was refused before sending" if isinstance(exception, BotoCoreError) else "failed"
    msg = f"{operation} on {resource} {kind}: {exception}. Check the values in the plan."
    return AwsError(msg, operation=operation, code=type(exception).__name__)


def _from_answer(exception: ClientError, operation: str, resource: str) -> AwsError:
    answer = exception.response.get("Error", {})
    code = str(answer.get("Code", ""))
    # An emulator may send a whole web page.
    text = " ".join(str(answer.get("Message", "")).split())[:_MAX_TEXT]
    request_id = str(exception.response.get("ResponseMetadata", {}).get("RequestId", ""))
    kind, remedy = _kind_and_remedy(code)
    parts = [f"{operation} on {resource}: {code}: {text.rstrip('.')}", remedy]
    if request_id:
        parts.append(f"Request id {request_id}")
    message = ". ".join(parts) + "."
    return kind(message, operation=operation, code=code, request_id=request_id)


def _kind_and_remedy(code: str) -> tuple[type[AwsError], str]:
    if code in _CREDENTIAL_CODES:
        return CredentialsError, _CREDENTIALS_REMEDY
    if code in _NOT_FOUND_CODES:
        return NotFoundError, "Run `tracing-lab apply`, or check region and account"
    return AwsError, _REMEDIES.get(code, "Run plan to see what is left and apply again")


def _unreachable_remedy(endpoint_url: str | None) -> str:
    if endpoint_url is None:
        return "Check the network, the proxy settings and the region's name"
    return f"Start what listens at {endpoint_url}, for example `tracing-lab embedded start`"


def is_transient(error: AwsError) -> bool:
    """Tell whether the same call may succeed a little later.

    Parameters
    ----------
    error
        What a call failed with.

    Returns
    -------
    bool
        True for eventual consistency, collisions and throttles.

    Examples
    --------
    >>> is_transient(AwsError("x", code="ConcurrentModificationException"))
    True
    >>> is_transient(AwsError("The role cannot be assumed by Lambda."))
    True
    >>> is_transient(AwsError("Function already exist", code="ResourceConflictException"))
    False
    """
    text = str(error).lower()
    return error.code in _TRANSIENT_CODES or any(part in text for part in _TRANSIENT_TEXTS)
