"""What is not simulated of CloudFormation, but for types of resources: it rejects these itself."""

from .gaps import GapTreatment, SimulationGap

_REFUSED, _NOTED = GapTreatment.REFUSED, GapTreatment.NOTED
_DEPLOYING = "(Create|Update)Stack|CreateChangeSet"

STACKS: tuple[SimulationGap, ...] = (
    SimulationGap(
        "cloudformation",
        "(Create|Update|Delete)Stack(Set|Instances)|ImportStacksToStackSet|"
        "StopStackSetOperation|DetectStackSetDrift",
        "make a stack in each region.",
        answer=_REFUSED,
    ),
    SimulationGap(
        "cloudformation",
        "(CancelUpdate|Rollback)Stack|ContinueUpdateRollback|SignalResource|RecordHandlerProgress",
        "a deployment ends by itself; update or delete the stack.",
        answer=_REFUSED,
    ),
    SimulationGap(
        "cloudformation",
        "DetectStack(Resource)?Drift",
        "read the resources by their services' own calls.",
        answer=_REFUSED,
    ),
    SimulationGap(
        "cloudformation",
        "(A|Dea)ctivate.+|Register.+|Deregister.+|Publish.+|SetType.+|TestType|"
        "(Create|Update|Delete)GeneratedTemplate|(Create|Execute)StackRefactor|StartResourceScan|"
        "EstimateTemplateCost|BatchDescribeTypeConfigurations|SetAlias",
        "there are the types of resources of the services that are simulated.",
        answer=_REFUSED,
    ),
    *(
        SimulationGap("cloudformation", operation, instead, member, "", answer)
        for operation, member, instead, answer in (
            (_DEPLOYING, "ResourceTypes", "all types are allowed.", GapTreatment.WARNED),
            (
                f"{_DEPLOYING}|DeleteStack",
                "RoleARN",
                "the caller's permissions count.",
                GapTreatment.WARNED,
            ),
            (
                _DEPLOYING,
                "RollbackConfiguration.RollbackTriggers",
                "no alarm rolls a stack back.",
                GapTreatment.WARNED,
            ),
            (
                _DEPLOYING,
                "NotificationARNs",
                "events of the stack are not published.",
                GapTreatment.WARNED,
            ),
        )
    ),
    *(
        SimulationGap("cloudformation", operation, "every resource may be updated.", member)
        for operation, member in (
            ("CreateStack|SetStackPolicy|UpdateStack", "StackPolicyBody"),
            ("CreateStack|SetStackPolicy|UpdateStack", "StackPolicyURL"),
            ("UpdateStack", "StackPolicyDuringUpdateBody"),
            ("UpdateStack", "StackPolicyDuringUpdateURL"),
        )
    ),
    *(
        SimulationGap("cloudformation", operation, instead, member, "", answer)
        for operation, member, instead, answer in (
            ("CreateStack", "TimeoutInMinutes", "deployments end within seconds.", _NOTED),
            (".+", "ClientRequestToken", "a call that is repeated is a call.", _NOTED),
            ("CreateChangeSet", "ClientToken", "a call that is repeated is a call.", _NOTED),
            (
                f"{_DEPLOYING}|DeleteStack",
                "DeploymentConfig",
                "resources are made in turn.",
                _NOTED,
            ),
            (_DEPLOYING, "DisableValidation", "templates are always checked.", _NOTED),
            (
                "DeleteStack",
                "DeletionMode",
                "what cannot be deleted keeps its stack.",
                GapTreatment.WARNED,
            ),
            (
                "CreateChangeSet",
                "DeploymentMode",
                "it compares with the stack as deployed.",
                _NOTED,
            ),
            ("CreateChangeSet", "IncludeNestedStacks", "there are no nested stacks.", _NOTED),
            (
                "CreateChangeSet",
                "ResourcesToImport",
                "deploy a template that makes them.",
                _REFUSED,
            ),
            (
                "CreateChangeSet",
                "ImportExistingResources",
                "deploy a template that makes them.",
                _REFUSED,
            ),
        )
    ),
)
