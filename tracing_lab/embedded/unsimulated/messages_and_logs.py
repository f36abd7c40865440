"""What is not simulated of SNS, SQS, CloudWatch and its logs."""

from .gaps import GapTreatment, SimulationGap

_REFUSED, _NOTED = GapTreatment.REFUSED, GapTreatment.NOTED

MESSAGES: tuple[SimulationGap, ...] = (
    SimulationGap(
        "sns",
        "(Create|Set)(PlatformApplication|PlatformEndpoint|Endpoint|SMS).*|OptInPhoneNumber|"
        "CheckIfPhoneNumberIsOptedOut",
        "no message leaves this machine.",
        answer=_REFUSED,
    ),
    SimulationGap(
        "sns",
        "Subscribe",
        "no message leaves this machine; there are queues and functions.",
        "Protocol",
        "(?!sqs$|lambda$).*",
    ),
    SimulationGap("sns", "Publish", "no message leaves this machine.", "PhoneNumber", "", _REFUSED),
    SimulationGap("sns", "CreateTopic", "messages are not inspected.", "DataProtectionPolicy"),
    SimulationGap(
        "sns",
        "SetSubscriptionAttributes",
        "there are filters and raw delivery.",
        "AttributeName",
        "RedrivePolicy|DeliveryPolicy|ReplayPolicy|SubscriptionRoleArn",
    ),
    SimulationGap(
        "sns",
        "SetTopicAttributes",
        "it has no effect.",
        "AttributeName",
        "TracingConfig|DeliveryPolicy|KmsMasterKeyId|ArchivePolicy|.+FeedbackRoleArn|"
        ".+FeedbackSampleRate",
    ),
    SimulationGap("sns", "ConfirmSubscription", "subscriptions are confirmed.", answer=_NOTED),
    SimulationGap(
        "sns", "Publish", "there are no telephones and devices.", "TargetArn", ".+:endpoint/.+"
    ),
    SimulationGap("sns", "AddPermission", "there is one account.", answer=_NOTED),
    SimulationGap("sqs", "AddPermission", "there is one account.", answer=_NOTED),
    SimulationGap(
        "sqs", "ReceiveMessage", "it gets other messages.", "ReceiveRequestAttemptId", "", _NOTED
    ),
    SimulationGap(
        "sqs",
        "(CreateQueue|SetQueueAttributes)",
        "nothing is encrypted.",
        "Attributes.KmsMasterKeyId",
        "",
        _NOTED,
    ),
)

LOGS: tuple[SimulationGap, ...] = (
    SimulationGap(
        "logs",
        "(CreateExportTask|CancelExportTask|CreateDelivery|PutDelivery.+|PutDestination.*|"
        "StartLiveTail)",
        "read the events with FilterLogEvents or a query.",
        answer=_REFUSED,
    ),
    SimulationGap(
        "logs",
        "StartQuery",
        "use the language of Logs Insights.",
        "queryLanguage",
        "SQL|PPL",
        _REFUSED,
    ),
    SimulationGap("logs", "PutLogEvents", "events belong to no entity.", "entity", "", _NOTED),
    SimulationGap("logs", "PutLogEvents", "AWS ignores it, too.", "sequenceToken", "", _NOTED),
    SimulationGap("logs", "CreateLogGroup", "all groups are standard ones.", "logGroupClass"),
    SimulationGap("logs", "CreateLogGroup", "nothing is encrypted.", "kmsKeyId", "", _NOTED),
    SimulationGap("logs", "CreateLogGroup", "it can be deleted.", "deletionProtectionEnabled"),
    SimulationGap("logs", "(Disa|A)ssociateKmsKey", "nothing is encrypted.", answer=_NOTED),
    SimulationGap(
        "logs",
        "PutQueryDefinition",
        "a call that is repeated is a call.",
        "clientToken",
        "",
        _NOTED,
    ),
    SimulationGap("logs", "StopQuery", "a query ends at once.", answer=_NOTED),
    SimulationGap("logs", "PutRetentionPolicy", "events stay until a reset.", answer=_NOTED),
    SimulationGap("logs", "PutResourcePolicy", "only X-Ray needs it to write.", answer=_NOTED),
    *(
        SimulationGap(
            "logs", "Put(Metric|Subscription)Filter", "events are not transformed.", member
        )
        for member in ("applyOnTransformedLogs", "fieldSelectionCriteria")
    ),
    SimulationGap(
        "logs", "PutMetricFilter", "metrics have no such dimensions.", "emitSystemFieldDimensions"
    ),
    SimulationGap(
        "logs", "PutSubscriptionFilter", "events have no such fields.", "emitSystemFields"
    ),
    SimulationGap(
        "logs", "PutSubscriptionFilter", "the role is not evaluated.", "roleArn", "", _NOTED
    ),
    SimulationGap(
        "logs", "PutSubscriptionFilter", "there is one stream.", "distribution", "", _NOTED
    ),
    SimulationGap(
        "cloudwatch", "(Put|Enable|Disable)InsightRules?", "query the log.", answer=_REFUSED
    ),
    SimulationGap("cloudwatch", "PutMetricData", "data belong to no entity.", "EntityMetricData"),
    SimulationGap(
        "cloudwatch", "PutMetricData", "there are no entities.", "StrictEntityValidation"
    ),
    SimulationGap(
        "cloudwatch",
        "PutCompositeAlarm",
        "use an alarm on an expression over several metrics.",
        answer=_REFUSED,
    ),
    *(
        SimulationGap("cloudwatch", "PutMetricAlarm", "it has no effect.", member)
        for member in (
            "EvaluateLowSampleCountPercentile",
            "ThresholdMetricId",
            "EvaluationWindow",
            "WarmUpConfiguration",
            "EvaluationCriteria",
            "EvaluationInterval",
            "ActionConfiguration",
        )
    ),
)
