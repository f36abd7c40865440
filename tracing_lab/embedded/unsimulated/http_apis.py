"""What is not simulated of HTTP APIs, API Gateway's version 2."""

from .gaps import GapTreatment, SimulationGap

_SERVICE = "apigatewayv2"
_REFUSED, _NOTED = GapTreatment.REFUSED, GapTreatment.NOTED
_WARNED = GapTreatment.WARNED
_WEBSOCKET = "only WebSocket APIs have it."

HTTP_APIS: tuple[SimulationGap, ...] = (
    SimulationGap(
        _SERVICE,
        "(Create|Update)(ApiMapping|DomainName|RoutingRule|VpcLink)|PutRoutingRule",
        "APIs have the addresses that GetApi shows.",
        answer=_REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "(Create|Update|Publish|Preview|Disable)(Portal|Product).*|PutPortal.*",
        "there are no portals.",
        answer=_REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "(Create|Update)(Model|IntegrationResponse|RouteResponse)",
        _WEBSOCKET,
        answer=_REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "ResetAuthorizersCache",
        "cached results end with AuthorizerResultTtlInSeconds.",
        answer=_REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "CreateApi",
        "use an HTTP API; there are no WebSocket APIs.",
        "ProtocolType",
        "WEBSOCKET",
        _REFUSED,
    ),
    SimulationGap(
        _SERVICE, "(Create|Update)Api", "only Lambda is called.", "Target", "(?!arn:).+", _REFUSED
    ),
    SimulationGap(
        _SERVICE,
        "(Create|Update)Integration",
        "only Lambda is called: use AWS_PROXY.",
        "IntegrationType",
        "AWS|HTTP|HTTP_PROXY|MOCK",
        _REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "(Create|Update)Authorizer",
        "check the token in a REQUEST authorizer, a function.",
        "AuthorizerType",
        "JWT",
        _REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "(Create|Update)Route",
        "check the token in a REQUEST authorizer, a function.",
        "AuthorizationType",
        "JWT",
        _REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "(Create|Update)Stage",
        "give the ARN of a log group.",
        "AccessLogSettings.DestinationArn",
        "arn:[^:]+:firehose:.*",
        _REFUSED,
    ),
    *(
        SimulationGap(_SERVICE, f"(Create|Update){what}", instead, member, "", answer)
        for what, member, instead, answer in (
            ("Api", "ApiKeySelectionExpression", _WEBSOCKET, _NOTED),
            ("Api", "DisableSchemaValidation", _WEBSOCKET, _NOTED),
            ("Api", "IpAddressType", "addresses are local.", _NOTED),
            ("Api", "RouteSelectionExpression", _WEBSOCKET, _NOTED),
            ("Authorizer", "IdentityValidationExpression", _WEBSOCKET, _NOTED),
            ("Authorizer", "JwtConfiguration", "it is for JWT authorizers.", _NOTED),
            ("Integration", "ConnectionId", "there are no VPCs.", _REFUSED),
            ("Integration", "ContentHandlingStrategy", _WEBSOCKET, _NOTED),
            ("Integration", "IntegrationMethod", "Lambda is called with POST.", _NOTED),
            ("Integration", "PassthroughBehavior", _WEBSOCKET, _NOTED),
            ("Integration", "RequestTemplates", _WEBSOCKET, _NOTED),
            ("Integration", "ResponseParameters", "set them in the function.", _REFUSED),
            ("Integration", "TemplateSelectionExpression", _WEBSOCKET, _NOTED),
            ("Integration", "TlsConfig", "only Lambda is called.", _NOTED),
            ("Route", "ApiKeyRequired", _WEBSOCKET, _REFUSED),
            ("Route", "AuthorizationScopes", "they are for JWT authorizers.", _WARNED),
            ("Route", "ModelSelectionExpression", _WEBSOCKET, _NOTED),
            ("Route", "RequestModels", _WEBSOCKET, _REFUSED),
            ("Route", "RequestParameters", _WEBSOCKET, _REFUSED),
            ("Route", "RouteResponseSelectionExpression", _WEBSOCKET, _NOTED),
            ("Stage", "ClientCertificateId", _WEBSOCKET, _NOTED),
        )
    ),
    SimulationGap(
        _SERVICE,
        "(Create|Update)Integration",
        "call the service from a function.",
        "IntegrationSubtype",
        "(?!EventBridge-PutEvents|SQS-SendMessage|SQS-DeleteMessage|SQS-PurgeQueue).+",
        _REFUSED,
    ),
    SimulationGap(
        _SERVICE,
        "CreateIntegration",
        "there are no VPCs.",
        "ConnectionType",
        "VPC_LINK",
        _REFUSED,
    ),
)
