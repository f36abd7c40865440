"""What is not simulated of EventBridge and API Gateway."""

from .gaps import GapTreatment, SimulationGap

_REFUSED, _NOTED = GapTreatment.REFUSED, GapTreatment.NOTED
_HTTP_TARGET = "send to a queue or function, and call the address from there."

# fmt: off
_OF_OTHER_TARGETS = (
    "AppSyncParameters", "BatchParameters", "EcsParameters", "KinesisParameters",
    "RedshiftDataParameters", "RunCommandParameters", "SageMakerPipelineParameters",
)
# fmt: on

EVENTS: tuple[SimulationGap, ...] = (
    SimulationGap(
        "events",
        "(Create|Update)(ApiDestination|Connection)|CreatePartnerEventSource|PutPartnerEvents",
        f"nothing leaves this machine; {_HTTP_TARGET}",
        answer=_REFUSED,
    ),
    SimulationGap(
        "events",
        "PutTargets",
        "there are targets of Lambda, SQS, SNS, log groups, REST APIs and buses of the same "
        "region.",
        "Targets[].Arn",
        "arn:[^:]+:(?!lambda:|sqs:|sns:|logs:|execute-api:|events:[^:]*:[^:]*:event-bus/).*",
        _REFUSED,
    ),
    SimulationGap(
        "events", "CreateEventBus", "events come from PutEvents only.", "EventSourceName"
    ),
    *(
        SimulationGap("events", operation, instead, member, "", answer)
        for operation, member, instead, answer in (
            ("(Create|Update)EventBus", "LogConfig", "the bus writes no log.", GapTreatment.WARNED),
            (
                "(Create|Update)EventBus",
                "DeadLetterConfig",
                "it is for events that cannot be decrypted, and nothing is encrypted.",
                _NOTED,
            ),
            ("(Create|Update)EventBus", "KmsKeyIdentifier", "nothing is encrypted.", _NOTED),
            ("(Create|Update)Archive", "KmsKeyIdentifier", "nothing is encrypted.", _NOTED),
            ("(Create|Update)Archive", "RetentionDays", "events are kept.", _NOTED),
            ("PutTargets", "Targets[].RoleArn", "only those for APIs are evaluated.", _NOTED),
            ("PutRule", "RoleArn", "the role is not evaluated.", _NOTED),
        )
    ),
    *(
        SimulationGap(
            "events", "PutTargets", "such targets are refused.", f"Targets[].{name}", "", _NOTED
        )
        for name in _OF_OTHER_TARGETS
    ),
    SimulationGap(
        "events", "PutEvents", "there are no global endpoints.", "EndpointId", "", _NOTED
    ),
    SimulationGap(
        "events",
        "PutRule",
        "the rule matches nothing; use ENABLED.",
        "State",
        "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    ),
    SimulationGap(
        "events", "CancelReplay", "a replay has ended when StartReplay returns.", answer=_NOTED
    ),
)

_UNIVERSAL = "cloudwatch|cloudwatchlogs|dynamodb|eventbridge|lambda|s3|secretsmanager|sns|sqs|ssm"

SCHEDULER: tuple[SimulationGap, ...] = (
    SimulationGap(
        "scheduler",
        "(Create|Update)Schedule",
        "there are targets of Lambda, SQS, SNS and buses, and aws-sdk ones of "
        f"{_UNIVERSAL.replace('|', ', ')}.",
        "Target.Arn",
        "arn:[^:]+:(?!lambda:|sqs:|sns:|events:[^:]*:[^:]*:event-bus/|"
        rf"scheduler:::aws-sdk:(?:{_UNIVERSAL}):).*",
        _REFUSED,
    ),
    *(
        SimulationGap(
            "scheduler",
            "(Create|Update)Schedule",
            "such targets are refused.",
            f"Target.{name}",
            "",
            _NOTED,
        )
        for name in (
            "EcsParameters",
            "EventBridgePutEventsV2Parameters",
            "EventBridgePutRawEventsParameters",
            "KinesisParameters",
            "SageMakerPipelineParameters",
        )
    ),
    SimulationGap(
        "scheduler", "(Create|Update)Schedule", "nothing is encrypted.", "KmsKeyArn", "", _NOTED
    ),
    SimulationGap(
        "scheduler",
        "(Create|Update)Schedule(Group)?",
        "a repeated call is a conflict.",
        "ClientToken",
        "",
        _NOTED,
    ),
)

API_GATEWAY: tuple[SimulationGap, ...] = (
    SimulationGap(
        "apigateway",
        "Create(DomainName|BasePathMapping|VpcLink)|UpdateBasePathMapping",
        "APIs have the addresses that `tracing-lab embedded` prints.",
        answer=_REFUSED,
    ),
    SimulationGap(
        "apigateway",
        "PutIntegration",
        "there are AWS_PROXY, which calls Lambda, AWS and MOCK.",
        "type",
        "HTTP|HTTP_PROXY",
        _REFUSED,
    ),
    SimulationGap(
        "apigateway",
        "PutIntegration",
        "Lambda, EventBridge, SQS, SNS and DynamoDB are called.",
        "uri",
        "(?!.*:(?:lambda:path|(?:dynamodb|events|sns|sqs):(?:path|action))/).+",
        _REFUSED,
    ),
    SimulationGap(
        "apigateway", "PutIntegration", "there are no VPCs.", "connectionType", "VPC_LINK", _REFUSED
    ),
    SimulationGap(
        "apigateway",
        "PutIntegration",
        "responses are sent whole.",
        "responseTransferMode",
        "STREAM",
        _REFUSED,
    ),
    SimulationGap(
        "apigateway",
        "TestInvoke(Authorizer|Method)",
        "deploy the API and send a request to its stage.",
        answer=_REFUSED,
    ),
    SimulationGap(
        "apigateway",
        "CreateAuthorizer",
        "there are authorizers of Lambda, TOKEN and REQUEST.",
        "type",
        "COGNITO_USER_POOLS",
        _REFUSED,
    ),
    SimulationGap(
        "apigateway",
        "CreateAuthorizer",
        "there are authorizers of Lambda, TOKEN and REQUEST.",
        "jwtConfiguration",
        "",
        _REFUSED,
    ),
    SimulationGap(
        "apigateway",
        "CreateAuthorizer",
        "such authorizers are refused.",
        "providerARNs",
        "",
        _NOTED,
    ),
    SimulationGap(
        "apigateway",
        "PutMethod",
        "there are NONE, AWS_IAM and CUSTOM.",
        "authorizationType",
        "COGNITO_USER_POOLS",
        _REFUSED,
    ),
    *(
        SimulationGap("apigateway", operation, instead, member, "", answer)
        for operation, member, instead, answer in (
            ("CreateRestApi", "cloneFrom", "the API begins empty.", GapTreatment.WARNED),
            (
                "CreateRestApi",
                "minimumCompressionSize",
                "nothing is compressed.",
                GapTreatment.WARNED,
            ),
            (
                "CreateRestApi",
                "disableExecuteApiEndpoint",
                "the API responds.",
                GapTreatment.WARNED,
            ),
            ("CreateRestApi", "endpointAccessMode", "addresses are local.", _NOTED),
            ("CreateRestApi", "endpointConfiguration", "addresses are local.", _NOTED),
            ("CreateRestApi", "securityPolicy", "addresses are local, without TLS.", _NOTED),
            (
                "Create(Stage|Deployment)",
                "cacheClusterEnabled",
                "there is no cache.",
                GapTreatment.WARNED,
            ),
            ("Create(Stage|Deployment)", "cacheClusterSize", "there is no cache.", _NOTED),
            ("Create(Stage|Deployment)", "canarySettings", "all go one way.", GapTreatment.WARNED),
            ("PutIntegration", "tlsConfig", "only AWS services are called.", _NOTED),
            ("PutIntegration", "cacheKeyParameters", "there is no cache.", _NOTED),
            ("PutIntegration", "cacheNamespace", "there is no cache.", _NOTED),
            ("PutIntegration", "contentHandling", "media types decide.", GapTreatment.WARNED),
            ("PutMethod", "authorizationScopes", "scopes are not evaluated.", GapTreatment.WARNED),
            (
                "CreateApiKey",
                "stageKeys",
                "usage plans connect keys and stages.",
                GapTreatment.WARNED,
            ),
        )
    ),
    SimulationGap(
        "apigateway",
        "UpdateStage",
        "there is no cache, all go one way, and no execution log is written.",
        "patchOperations[].path",
        "/cacheCluster.*|/canarySettings.*|.*/caching/.*|.*/logging/.*",
    ),
    SimulationGap(
        "apigateway",
        "PutIntegration",
        "there are no load balancers.",
        "integrationTarget",
        "",
        _REFUSED,
    ),
    SimulationGap("apigateway", "PutIntegration", "there are no VPCs.", "connectionId", "", _NOTED),
    SimulationGap("apigateway", "PutIntegrationResponse", "texts stay texts.", "contentHandling"),
    SimulationGap(
        "apigateway",
        "PutMethodResponse",
        "bodies are not checked against models.",
        "responseModels",
        "",
        _NOTED,
    ),
)
