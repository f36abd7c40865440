"""Whether X-Ray has only some of an account's traces, because Transaction Search has the others."""

import logging

from tracing_lab.aws.account import Account
from tracing_lab.errors import AwsError, CredentialsError, EndpointUnreachableError

_LOG = logging.getLogger(__name__)
_LOGS = "CloudWatchLogs"
_ALL_PERCENT = 100


def missing_traces_text(account: Account) -> str:
    """Return a note about traces that cannot be fetched; empty if all can be.

    Parameters
    ----------
    account
        The calls about the account.

    Returns
    -------
    str
        How many traces are indexed, where the others are, and how to index more.

    Raises
    ------
    AwsError
        If AWS cannot be reached. An account that must not be read counts as one with all traces.
    """
    try:
        if account.trace_destination() != _LOGS:
            return ""
        percent = account.indexed_percent()
    except (CredentialsError, EndpointUnreachableError):
        raise
    except AwsError as error:
        _LOG.info("Whether Transaction Search is on is not known: %s", error)
        return ""
    if percent >= _ALL_PERCENT:
        return ""
    return (
        "The account's segments go to CloudWatch Logs (Transaction Search), and X-Ray indexes "
        f"{percent:g} % of the traces; only those can be fetched. All spans are in the log group "
        "aws/spans. To index more: aws xray update-indexing-rule --name Default --rule "
        '\'{"Probabilistic": {"DesiredSamplingPercentage": 100}}\''
    )
