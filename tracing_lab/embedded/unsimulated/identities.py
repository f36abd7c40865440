"""What is not simulated of IAM and STS."""

from .gaps import GapTreatment, SimulationGap

_OWN = "the role's own policies count."

IDENTITIES: tuple[SimulationGap, ...] = tuple(
    SimulationGap(service, operation, _OWN, member, "", GapTreatment.WARNED)
    for service, operation, member in (
        ("iam", "CreateRole|PutRolePermissionsBoundary", "PermissionsBoundary"),
        ("sts", "AssumeRole", "Policy"),
        ("sts", "AssumeRole", "PolicyArns"),
    )
)
