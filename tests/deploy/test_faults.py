"""Provisioning while things go wrong: kills, lost answers, throttles, eventual consistency.

A handful of what `make bench` does in full.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from aws_faults import Faults, InjectedFault, apply_with, destroy_with
from fault_proxy import NamedClients, Proxy
from killing import KillingLab

from tracing_lab.aws import Aws
from tracing_lab.config import Config

REGIONS = ("ap-south-1", "af-south-1", "eu-west-2", "us-west-2")
SEEDS = range(1, 9)


@pytest.fixture(scope="module")
def lab(embedded_url: str) -> Iterator[KillingLab]:
    config = Config(endpoint_url=embedded_url, aws_region="sa-east-1")
    with KillingLab.running(config) as running:
        yield running


@pytest.mark.parametrize(
    "apply_after,destroy_after,answered", [(1, 28, True), (14, 9, False), (46, 17, False)]
)
def test_killed_process_leaves_what_the_next_one_finishes(
    lab: KillingLab, apply_after: int, destroy_after: int, *, answered: bool
) -> None:
    assert lab.kill("apply", after=apply_after, answered=answered)
    lab.recover()
    lab.kill("destroy", after=destroy_after, answered=answered)
    lab.clear()


def test_every_seed_of_faults_ends_with_everything_once_or_nothing(embedded_url: str) -> None:
    def run(region: str) -> list[InjectedFault]:
        proxy = Proxy(embedded_url)
        with proxy.running() as url:
            config = Config(endpoint_url=url, aws_region=region)
            aws = Aws(config, client_factory=NamedClients(config))
            seeds = SEEDS[REGIONS.index(region) :: len(REGIONS)]
            making, taking = (Faults(seed) for seed in seeds)
            apply_with(making, proxy, config, aws)
            destroy_with(taking, proxy, config, aws)
            return making.injected + taking.injected

    with ThreadPoolExecutor(len(REGIONS)) as pool:
        injected = [fault for found in pool.map(run, REGIONS) for fault in found]
    assert {fault.kind for fault in injected} == {
        "failed early",
        "failed late",
        "inconsistent",
        "lost answer",
        "lost request",
        "slow",
        "throttled",
    }
    assert all(fault.waited_s <= fault.injected_s + fault.poll_s for fault in injected)
