"""Check on a real account what this project assumes about X-Ray: ``make test-aws``.

It creates a stack of its own, sends orders, prints which assumptions hold, and deletes the stack
again, also after a failure or Ctrl-C. It does nothing without the variable and the target.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping

from observations import Observations
from scenario import ORDERS, observe, provisioned
from unconfirmed import ASSUMPTIONS, Verdict

from tracing_lab import cost
from tracing_lab.config import Config
from tracing_lab.errors import TracingLabError

VARIABLE = "TRACING_LAB_TEST_AWS"
_TARGET = "aws"


def main(environment: Mapping[str, str] = os.environ, config: Config | None = None) -> int:
    """Run the check; return 0 unless it could not be made, or an assumption was refuted.

    Parameters
    ----------
    environment
        Must have the variable.
    config
        The account's settings; those around by default.
    """
    try:
        config = config or Config.load()
        if reason := reason_against(environment, config):
            say(reason)
            return 2
        say(cost_text(config))
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the stack is deleted
        run = run_on(config)
    except TracingLabError as error:
        say(f"The check could not be made: {error}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted.")
        return 1
    return report(run)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def reason_against(environment: Mapping[str, str], config: Config) -> str:
    """Return why an account must not be touched; nothing if it may."""
    if environment.get(VARIABLE) != "1":
        return (
            f"This creates resources in a real account and costs money: set {VARIABLE}=1 to do so."
        )
    if config.target != _TARGET:
        return (
            f"The target is {config.target!r}. Set target = {_TARGET!r} in tracing_lab.toml, or "
            f"TRACING_LAB_TARGET={_TARGET}, to check an account."
        )
    return ""


def cost_text(config: Config, orders: int = ORDERS) -> str:
    """Return what the run costs, at most: its orders, each traced, without free amounts."""
    bill = cost.estimate(config, requests_per_month=orders, free_tier=False, sampling_rate=1.0)
    most_usd = max(bill.total_usd, 0.01)
    return (
        f"{orders} orders in {config.aws_region} cost less than ${most_usd:.2f}: the stack exists "
        "for minutes, and is deleted at the end whatever comes"
    )


def run_on(config: Config, *, orders: int = ORDERS) -> Observations:
    """Return what a run on a stack of its own saw; the stack is deleted again."""
    with provisioned(config, say) as own:
        return observe(own, say, orders=orders)


def report(run: Observations, say: Callable[[str], None] = say) -> int:
    """Print what a run says about each assumption; return 1 if it refutes any."""
    findings = [(assumption, assumption.check(run)) for assumption in ASSUMPTIONS]
    for assumption, finding in findings:
        seen = f" (saw: {finding.seen})" if finding.verdict is Verdict.REFUTED else ""
        say(f"{finding.verdict:9}  {assumption.statement}{seen}")
        if finding.verdict is Verdict.REFUTED:
            say(f"           change it in tracing_lab/{assumption.place}")
    counts = [
        f"{sum(finding.verdict is verdict for _, finding in findings)} {verdict}"
        for verdict in Verdict
    ]
    say(", ".join(counts))
    return int(any(finding.verdict is Verdict.REFUTED for _, finding in findings))


if __name__ == "__main__":
    sys.exit(main())
