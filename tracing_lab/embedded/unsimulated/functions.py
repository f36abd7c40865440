"""What is not simulated of Lambda, and services that are not simulated at all."""

from .gaps import GapTreatment, SimulationGap

_REFUSED, _NOTED = GapTreatment.REFUSED, GapTreatment.NOTED

# fmt: off
_OF_OTHER_SOURCES = (
    "AmazonManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig", "Queues",
    "SelfManagedEventSource", "SelfManagedKafkaEventSourceConfig", "SourceAccessConfigurations",
    "StartingPositionTimestamp", "Topics",
)
# fmt: on

SERVICES: tuple[SimulationGap, ...] = (
    SimulationGap(
        "cognito-identity", "(Create|Update).+", "use AWS_IAM or API keys.", answer=_REFUSED
    ),
    SimulationGap("cognito-idp", "(Create|Update).+", "use AWS_IAM or API keys.", answer=_REFUSED),
    SimulationGap(
        "pipes", "(Create|Start|Update).+", "use a rule, or a mapping of a queue.", answer=_REFUSED
    ),
    SimulationGap(
        "stepfunctions",
        "(Create|Start|Update|Send).+",
        "call the functions from one function.",
        answer=_REFUSED,
    ),
)

LAMBDA: tuple[SimulationGap, ...] = (
    SimulationGap(
        "lambda",
        "(Create|Update)FunctionUrlConfig",
        "responses are sent whole; use BUFFERED.",
        "InvokeMode",
        "RESPONSE_STREAM",
        _REFUSED,
    ),
    SimulationGap(
        "lambda", "CreateFunction", "give its code as a zip.", "PackageType", "Image", _REFUSED
    ),
    *(
        SimulationGap(
            "lambda", "(CreateFunction|UpdateFunctionConfiguration)", instead, member, "", answer
        )
        for member, instead, answer in (
            ("AcceleratorConfig", "functions run on this machine's processor.", _REFUSED),
            ("CapacityProviderConfig", "functions run on this machine.", _REFUSED),
            ("DurableConfig", "keep state in a queue or table.", _REFUSED),
            ("FileSystemConfigs", "put the files into the zip or a layer.", _REFUSED),
            ("ImageConfig", "give its code as a zip.", _REFUSED),
            ("KMSKeyArn", "variables are not encrypted.", _NOTED),
            ("RuntimeConfig", "functions run on this machine's interpreter.", GapTreatment.WARNED),
            ("TenancyConfig", "environments are not kept apart by tenant.", _REFUSED),
            (
                "VpcConfig.SubnetIds",
                "functions run on this machine's network.",
                GapTreatment.WARNED,
            ),
        )
    ),
    SimulationGap(
        "lambda",
        "(CreateFunction|UpdateFunctionConfiguration)",
        "cold starts run the whole init phase.",
        "SnapStart.ApplyOn",
        "PublishedVersions",
    ),
    SimulationGap(
        "lambda",
        "(CreateFunction|UpdateFunctionCode)",
        "functions run on this machine's processor.",
        "Architectures[]",
        "arm64",
        _NOTED,
    ),
    SimulationGap("lambda", "CreateFunction", "code is not verified.", "CodeSigningConfigArn"),
    SimulationGap("lambda", "CreateFunction", "the newest version counts.", "Code.S3ObjectVersion"),
    SimulationGap(
        "lambda",
        "CreateFunction|PublishVersion|UpdateFunctionCode",
        "only numbered versions are published.",
        "PublishTo",
    ),
    *(
        SimulationGap("lambda", operation, instead, member, "", answer)
        for operation, member, instead, answer in (
            ("AddPermission", "EventSourceToken", "there is no Alexa.", _REFUSED),
            (
                "AddPermission",
                "PrincipalOrgID",
                "there is one account, in no organization.",
                _NOTED,
            ),
            ("PublishLayerVersion", "CompatibleArchitectures", "it is not compared.", _NOTED),
            ("PublishLayerVersion", "CompatibleRuntimes", "it is not compared.", _NOTED),
            ("UpdateAlias", "RevisionId", "it is changed in any revision.", GapTreatment.WARNED),
            ("UpdateFunctionCode", "ImageUri", "give its code as a zip.", _REFUSED),
            (
                "UpdateFunctionCode",
                "S3ObjectVersion",
                "the newest version counts.",
                GapTreatment.WARNED,
            ),
            ("UpdateFunctionCode", "S3ObjectStorageMode", "the code is copied.", _NOTED),
            ("UpdateFunctionCode", "SourceKMSKeyArn", "nothing is encrypted.", _NOTED),
        )
    ),
    SimulationGap("lambda", "AddLayerVersionPermission", "there is one account.", answer=_NOTED),
    SimulationGap(
        "lambda",
        "(Create|Update)EventSourceMapping",
        "only SQS queues and DynamoDB's streams are polled; send the records to a queue.",
        "EventSourceArn",
        "(?!arn:[^:]+:(sqs|dynamodb):).*",
        _REFUSED,
    ),
    SimulationGap(
        "lambda",
        "(Create|Update)EventSourceMapping",
        "add up in a table what belongs together.",
        "TumblingWindowInSeconds",
        "",
        _REFUSED,
    ),
    SimulationGap(
        "lambda",
        "(Create|Update)EventSourceMapping",
        "one batch of a shard is processed at a time.",
        "ParallelizationFactor",
        "(?!1$).*",
    ),
    *(
        SimulationGap(
            "lambda",
            "(Create|Update)EventSourceMapping",
            "mappings of queues and of tables' streams, the only ones, do not have it.",
            member,
            "",
            _REFUSED,
        )
        for member in _OF_OTHER_SOURCES
    ),
    *(
        SimulationGap("lambda", "(Create|Update)EventSourceMapping", instead, member)
        for member, instead in (
            ("KMSKeyArn", "filters are not encrypted."),
            ("LoggingConfig", "the server's log says what a poller does."),
            ("MetricsConfig", "pollers publish no metrics."),
            ("ProvisionedPollerConfig", "five events run at once, or MaximumConcurrency."),
        )
    ),
)
