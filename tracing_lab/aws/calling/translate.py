"""Translate botocore's exceptions into this package's errors, with a remedy."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError as BotoConnectionError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from tracing_lab.errors import AwsError, CredentialsError, EndpointUnreachableError, NotFoundError

from .retrying import is_server_error

_CREDENTIAL_EXCEPTIONS = (
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
_MAX_TEXT, _END = 300, 100  # an emulator may respond with a whole web page
_UNREACHABLE_EXCEPTIONS = (
    BotoConnectionError,
    HTTPClientError,
    IncompleteReadError,
    ResponseParserError,
)
_NOT_SENT_EXCEPTIONS = (
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    SSLError,
)
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
    "AWS.SimpleQueueService.NonExistentQueue",
    "NoSuchEntity",
    "NoSuchEntityException",
    "NotFound",
    "NotFoundException",
    "QueueDoesNotExist",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "WAFNonexistentItemException",
}
_REMEDIES = {
    "AccessDenied": "Ask for the permission named above",
    "AccessDeniedException": "Ask for the permission named above",
    "UnauthorizedException": "Ask for the permission named above",
    "ForbiddenException": "Ask for the permission named above",
    "LimitExceeded": "Raise the quota in Service Quotas or delete what is not needed",
    "LimitExceededException": "Raise the quota in Service Quotas or delete what is not needed",
    "CodeStorageExceededException": "Delete old function versions or raise the quota",
    "EntityAlreadyExists": "Run plan again: it observes what exists now",
    "ResourceAlreadyExistsException": "Run plan again: it observes what exists now",
    "InvalidParameterException": "Correct the parameter that the message names",
    "InvalidRequestException": "Correct what the message names",
    "MalformedQueryException": "Correct the query where the message says",
}
_CREDENTIALS_REMEDY = (
    "Sign in again (for example `aws sso login`) or set AWS_PROFILE; if AWS_ACCESS_KEY_ID is "
    "'test' in this shell, unset the AWS_* variables that an emulator needed"
)


def error_from_exception(
    exception: Exception, *, operation: str, resource: str, endpoint_url: str | None = None
) -> AwsError:
    """Return the error that a failed call means.

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
    """
    if isinstance(exception, ClientError):
        return _from_answer(exception, operation, resource)
    if isinstance(exception, _CREDENTIAL_EXCEPTIONS):
        msg = f"{operation} on {resource}: no usable credentials ({exception}). "
        return CredentialsError(msg + _CREDENTIALS_REMEDY + ".", operation=operation)
    if isinstance(exception, _UNREACHABLE_EXCEPTIONS):
        msg = f"{operation} on {resource}: {exception}. {_unreachable_remedy(endpoint_url)}."
        lost = not isinstance(exception, _NOT_SENT_EXCEPTIONS)
        return EndpointUnreachableError(msg, operation=operation, outcome_unknown=lost)
    kind = "was rejected before sending" if isinstance(exception, BotoCoreError) else "failed"
    msg = f"{operation} on {resource} {kind}: {exception}. Check the values in the plan."
    return AwsError(msg, operation=operation, code=type(exception).__name__)


def _from_answer(exception: ClientError, operation: str, resource: str) -> AwsError:
    answer = exception.response.get("Error", {})
    code = str(answer.get("Code", ""))
    text = _shortened(" ".join(str(answer.get("Message", "")).split()))
    metadata = exception.response.get("ResponseMetadata", {})
    request_id = str(metadata.get("RequestId", ""))
    kind, remedy = _kind_and_remedy(code)
    parts = [f"{operation} on {resource}: {code}: {text.rstrip('.')}", remedy]
    if request_id:
        parts.append(f"Request id {request_id}")
    message = ". ".join(parts) + "."
    return kind(
        message,
        operation=operation,
        code=code,
        request_id=request_id,
        outcome_unknown=is_server_error(int(metadata.get("HTTPStatusCode", 0))),
    )


def _shortened(text: str) -> str:
    """Cut a long text in the middle: the cause is often at its end."""
    if len(text) <= _MAX_TEXT:
        return text
    return f"{text[: _MAX_TEXT - _END].rstrip()} ... {text[-_END:].lstrip()}"


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
