"""The operation GetSamplingTargets: validates client reports and passes them to `TargetQuotas`."""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.xray.sampling.head import TargetQuotas

from . import requests
from .requests import Members, Operation
from .rule_members import MAX_RULE_NAME

_MAX_STATISTICS = 25
_CLIENT_ID_LENGTH = 24
_MAX_SERVICE_NAME = 64
_BOOST_STATISTICS = "SamplingBoostStatisticsDocuments"


def target_operations(quotas: TargetQuotas) -> Mapping[str, Operation]:
    """Return the operation by name."""

    def get_sampling_targets(members: Members) -> dict[str, Any]:
        name = "SamplingStatisticsDocuments"
        documents = requests.objects(members, name, most=_MAX_STATISTICS)
        for document in documents:
            _check_statistics(document)
        boosts = []
        if members.get(_BOOST_STATISTICS) is not None:
            boosts = requests.objects(members, _BOOST_STATISTICS, most=_MAX_STATISTICS)
        for document in boosts:
            _check_boost_statistics(document)
        return quotas.targets(documents, boosts)

    return {"GetSamplingTargets": get_sampling_targets}


def _check_statistics(document: Members) -> None:
    for name in ("RequestCount", "SampledCount"):
        requests.whole_number(document, name)
    requests.integer(document, "BorrowCount")
    requests.any_time(document, "Timestamp")
    _check_rule_name(document)
    client_id = requests.text(document, "ClientID")
    if client_id is None or len(client_id) != _CLIENT_ID_LENGTH:
        requests.reject("ClientID", f"a string of {_CLIENT_ID_LENGTH} characters")


def _check_boost_statistics(document: Members) -> None:
    for name in ("AnomalyCount", "TotalCount", "SampledAnomalyCount"):
        requests.whole_number(document, name)
    requests.any_time(document, "Timestamp")
    _check_rule_name(document)
    service = requests.text(document, "ServiceName", longest=_MAX_SERVICE_NAME)
    requests.required(service, f"{_BOOST_STATISTICS}.ServiceName")


def _check_rule_name(document: Members) -> None:
    if requests.text(document, "RuleName", longest=MAX_RULE_NAME) is None:
        requests.reject("RuleName", "the name of a sampling rule")
