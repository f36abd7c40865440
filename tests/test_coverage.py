"""Nothing of the original system's guide was forgotten: each part has its row in the page."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tracing_lab.config import VARIABLES
from tracing_lab.stack.outputs import Outputs

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"

GUIDE = {
    "Headings of the guide": (
        "Architecture Overview",
        "Prerequisites",
        "Quick Start",
        "Clone and Navigate",
        "Initialize Terraform",
        "Review Variables",
        "Plan Deployment",
        "Deploy Infrastructure",
        "Test the Implementation",
        "Configuration Variables",
        "Outputs",
        "File Structure",
        "Resource Details",
        "Lambda Functions",
        "Order Service",
        "Payment Service",
        "Inventory Service",
        "Notification Service",
        "EventBridge Configuration",
        "API Gateway Setup",
        "Monitoring and Observability",
        "X-Ray Tracing",
        "CloudWatch Integration",
        "Key Annotations for Filtering",
        "Testing and Validation",
        "Functional Testing",
        "Observability Testing",
        "Load Testing",
        "Cost Optimization",
        "Estimated Monthly Costs (Low Volume)",
        "Cost Optimization Strategies",
        "Security Considerations",
        "IAM Permissions",
        "Data Protection",
        "Network Security",
        "Troubleshooting",
        "Common Issues",
        "Debugging Commands",
        "Cleanup",
        "Production Considerations",
        "Support and Contributions",
        "References",
    ),
    "Options": (
        "aws_region",
        "environment",
        "project_name",
        "lambda_timeout",
        "lambda_memory_size",
        "x_ray_tracing_mode",
        "enable_detailed_monitoring",
        "api_gateway_stage_name",
        "lambda_log_retention_days",
        "tags",
    ),
    "Outputs": (
        "API Gateway Endpoint",
        "API Gateway Test URL",
        "EventBridge Bus Details",
        "Lambda Function Information",
        "X-Ray Console URLs",
        "Testing Commands",
    ),
    "Annotations": (
        "order_id",
        "customer_id",
        "service_name",
        "payment_amount",
        "warehouse",
        "error",
    ),
    "Common issues": (
        "Permission Errors",
        "EventBridge Routing",
        "Lambda Timeouts",
        "X-Ray Missing Traces",
        "API Gateway 502",
    ),
    "Production": (
        "Add Error Handling",
        "Enable Monitoring",
        "Secure APIs",
        "Add Validation",
        "Scale Configuration",
        "Backup Strategy",
        "Disaster Recovery",
        "Compliance",
    ),
    "Deliberately not there": (
        "VPC deployment",
        "Private endpoints",
        "HTTP API",
        "Reserved capacity",
        "User authentication",
    ),
}


def rows(section: str) -> dict[str, str]:
    """Return the first and second cell of each row of a section's table."""
    text = PAGE.read_text("utf-8").partition(f"## {section}\n")[2].partition("\n## ")[0]
    table = [line for line in text.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {first.strip("`"): second for first, second, *_ in cells}


@pytest.mark.parametrize("section", GUIDE)
def test_each_part_of_the_guide_has_its_row(section: str) -> None:
    assert list(rows(section)) == list(GUIDE[section])
    assert all(rows(section).values())


def test_options_kept_their_names() -> None:
    options = rows("Options")
    assert set(options) <= set(VARIABLES)
    assert all(name == kept.strip("`") for name, kept in options.items())


def test_outputs_exist() -> None:
    named = re.findall(r"`(\w+)`", " ".join(rows("Outputs").values()))
    assert set(named) <= {field.name for field in fields(Outputs)}


def test_handlers_set_the_annotations() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "lambda_src").rglob("*.py")]
    code = "\n".join(sources)
    missing = [key for key in rows("Annotations") if f'put_annotation("{key}"' not in code]
    assert missing == []


def test_files_exist() -> None:
    named = re.findall(r"`((?:lambda_src|tests)/[\w./]*)`", PAGE.read_text("utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
