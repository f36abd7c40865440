"""Settings of an account: encryption, destination of segments, share of indexed traces.

AWS X-Ray API reference. They are validated, stored and returned as on AWS. Files are never
encrypted; destination and share determine which traces are found, see `indexing`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tracing_lab.embedded.xray import undocumented

from . import requests
from .errors import AccessDenied, ResourceNotFound
from .indexing import Indexed, indexed_share
from .records import RecordChange, Records
from .requests import Members, Operation

_KIND: Final = "account-setting"
_ENCRYPTION: Final = "encryption"
_DESTINATION: Final = "segment-destination"
_XRAY, _LOGS = _DESTINATIONS = ("XRay", "CloudWatchLogs")
_INDEXING: Final = "indexing"
_MAX_KEY_ID: Final = 3000
_MAX_LOG_KEY_ID: Final = 256
_PERCENT: Final = 100
_MAY_NOT_WRITE: Final = (
    "XRay does not have permission to call PutLogEvents on the aws/spans Log Group. Please verify "
    "that your CloudWatch Logs Resource Policies are configured correctly"
)


class AccountSettings:
    """Responds to calls that read and change the settings. Thread-safe.

    Parameters
    ----------
    records
        Stores them.
    clock
        Returns the time in epoch seconds.
    may_write_spans
        Returns whether X-Ray may write to the log group of spans.
    """

    def __init__(
        self,
        records: Records,
        *,
        clock: Callable[[], float],
        may_write_spans: Callable[[], bool] = lambda: True,
    ) -> None:
        self._records = records
        self._clock = clock
        self._may_write_spans = may_write_spans

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "GetEncryptionConfig": self.get_encryption,
            "PutEncryptionConfig": self.put_encryption,
            "GetTraceSegmentDestination": self.get_destination,
            "UpdateTraceSegmentDestination": self.update_destination,
            "GetIndexingRules": self.get_indexing_rules,
            "UpdateIndexingRule": self.update_indexing_rule,
        }

    def indexed(self) -> Indexed | None:
        """Return the condition of indexed traces; None if all are."""
        if not self.sends_to_logs():
            return None
        return indexed_share(self._rule()["Rule"]["Probabilistic"]["DesiredSamplingPercentage"])

    def sends_to_logs(self) -> bool:
        """Return whether traces go to CloudWatch Logs, as Transaction Search has them."""
        return self._destination() == _LOGS

    def get_encryption(self, _members: Members) -> dict[str, Any]:
        """Respond to GetEncryptionConfig."""
        return {"EncryptionConfig": self._kept(_ENCRYPTION, {"Type": "NONE", "Status": "ACTIVE"})}

    def put_encryption(self, members: Members) -> dict[str, Any]:
        """Respond to PutEncryptionConfig with status UPDATING, as AWS does."""
        requests.required(members.get("Type"), "Type")
        kind = requests.choice(members, "Type", ("NONE", "KMS"))
        key_id = requests.text(members, "KeyId", longest=_MAX_KEY_ID)
        config: dict[str, Any] = {"Type": kind}
        if kind == "KMS":
            config["KeyId"] = requests.required(key_id, "KeyId")
        elif key_id is not None:
            requests.reject("KeyId", "absent when Type is NONE")
        self._keep(_ENCRYPTION, {**config, "Status": "ACTIVE"})
        return {"EncryptionConfig": {**config, "Status": "UPDATING"}}

    def get_destination(self, _members: Members) -> dict[str, Any]:
        """Respond to GetTraceSegmentDestination."""
        return {"Destination": self._destination(), "Status": "ACTIVE"}

    def update_destination(self, members: Members) -> dict[str, Any]:
        """Respond to UpdateTraceSegmentDestination: pending now, active in later responses.

        CloudWatch Logs has to allow X-Ray to write spans (CloudWatch User Guide, "Enable
        transaction search"). The error is not documented; its text is as users report it.
        """
        requests.required(members.get("Destination"), "Destination")
        destination = requests.choice(members, "Destination", _DESTINATIONS)
        logs = requests.structure(members, "CloudWatchLogsConfiguration") or {}
        requests.text(logs, "SpansLogGroupKmsKeyId", longest=_MAX_LOG_KEY_ID)
        if destination == _LOGS and not self._may_write_spans():
            raise AccessDenied(_MAY_NOT_WRITE)
        self._keep(_DESTINATION, destination)
        return {"Destination": destination, "Status": "PENDING"}

    def get_indexing_rules(self, members: Members) -> dict[str, Any]:
        """Respond to GetIndexingRules: there is one rule."""
        requests.text(members, "NextToken")
        return {"IndexingRules": [self._rule()]}

    def update_indexing_rule(self, members: Members) -> dict[str, Any]:
        """Respond to UpdateIndexingRule."""
        name = requests.required(requests.text(members, "Name"), "Name")
        body = requests.required(requests.structure(members, "Rule"), "Rule")
        rule = requests.required(requests.structure(body, "Probabilistic"), "Rule.Probabilistic")
        percent = requests.required(
            requests.number(rule, "DesiredSamplingPercentage", least=0, most=_PERCENT),
            "Rule.Probabilistic.DesiredSamplingPercentage",
        )
        if name != undocumented.INDEXING_RULE_NAME:
            msg = f"Name: there is no indexing rule {name}, only {undocumented.INDEXING_RULE_NAME}."
            raise ResourceNotFound(msg)
        changed = _indexing_rule(percent, self._clock())
        self._keep(_INDEXING, changed)
        return {"IndexingRule": changed}

    def _destination(self) -> str:
        found: str = self._kept(_DESTINATION, _XRAY)
        return found

    def _rule(self) -> dict[str, Any]:
        default = _indexing_rule(undocumented.INDEXED_PERCENT, 0.0)
        found: dict[str, Any] = self._kept(_INDEXING, default)
        return found

    def _kept(self, key: str, default: Any) -> Any:
        found = self._records.get(_KIND, key)
        return default if found is None else found

    def _keep(self, key: str, value: Any) -> None:
        self._records.write(RecordChange(_KIND, key, value))


def _indexing_rule(percent: float, modified_at_s: float) -> dict[str, Any]:
    shares = {"DesiredSamplingPercentage": percent, "ActualSamplingPercentage": percent}
    return {
        "Name": undocumented.INDEXING_RULE_NAME,
        "ModifiedAt": modified_at_s,
        "Rule": {"Probabilistic": shares},
    }
