"""What must hold after provisioning, whatever went wrong on the way."""

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config


def prove_applied(config: Config, aws: Aws) -> None:
    """Check that there is nothing left to do and that nothing is there twice."""
    planned = deploy.plan(config, aws=aws)
    check(not planned, f"there is more to do:\n{planned}")
    outputs = deploy.outputs(config, aws=aws)
    apis = aws.gateway.apis_named(outputs.api_name)
    check(len(apis) == 1, f"{len(apis)} REST APIs of one name")
    deployments = aws.gateway.deployments(outputs.api_id)
    check(len(deployments) == 1, f"{len(deployments)} deployments of one API")


def prove_gone(torn_down: deploy.Teardown) -> None:
    """Check that the search after a teardown found nothing."""
    check(torn_down.remains is not None and not torn_down.remains, str(torn_down.remains))


def check(fine: object, complaint: str) -> None:
    """Stop if something is not as it must be."""
    if not fine:
        raise RuntimeError(complaint)
