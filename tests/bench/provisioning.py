"""Provisioning under all that can go wrong: slow calls, kills, faults, and another emulator."""

import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws_faults import InjectedFault, survive_faults
from fault_proxy import NamedClients, Proxy
from killing import KillingLab
from moto.server import ThreadedMotoServer
from report import row

import tracing_lab as tl
from tracing_lab.aws import Aws, ControlPlaneProfile
from tracing_lab.embedded import lifecycle

DELAY_S = 0.1
READING_CHAIN = 3  # calls in a row: who am I, whose log role is set, what exists
SEEDS = 200
EVERY = 5  # with all options on, processes are killed at each such call
ALL_OPTIONS: dict[str, Any] = {
    "alarm_email": "someone@example.com",
    "api_allowed_cidrs": ("127.0.0.1/32",),
    "api_throttle_burst": 5,
    "api_throttle_rate": 5.0,
    "enable_alarm_topic": True,
    "enable_alarms": True,
    "enable_api_key": True,
    "enable_dashboard": True,
    "enable_dead_letter_queues": True,
    "enable_request_validation": True,
    "enable_x_ray_group": True,
    "lambda_max_retries": 0,
    "lambda_reserved_concurrency": {"order": 2},
    "usage_plan_burst": 5,
    "usage_plan_rate": 5.0,
    "x_ray_sampling_rate": 0.5,
}
REGIONS = ("us-east-1", "us-east-2", "eu-west-1", "eu-central-1")  # a stack in each


def bench_provisioning() -> None:
    """Apply and destroy on the embedded AWS, on moto's server, and with slow calls."""
    with embedded_url() as url:
        bench_plain(url)
        bench_moto()
        bench_latency(url)


def bench_kills(every: int = 1) -> None:
    """Kill apply and destroy at their changing calls, before and after the response."""
    with embedded_url() as url:
        kill_all(tl.Config(endpoint_url=url), "", every=every)
        options = tl.Config(endpoint_url=url, **ALL_OPTIONS)
        kill_all(options, ", all options", every=EVERY * every)


def bench_faults(seeds: int = SEEDS) -> None:
    """Apply and destroy through a proxy that lets things go wrong, once per seed."""
    with embedded_url() as url:
        runs = in_lanes(range(1, seeds + 1), lambda region, lane: fault_lane(url, region, lane))
    report_faults(runs, seeds)


@contextmanager
def embedded_url() -> Iterator[str]:
    """Run an embedded AWS."""
    with tempfile.TemporaryDirectory() as folder:
        state_dir = Path(folder)
        running = lifecycle.start(state_dir=state_dir)
        try:
            yield str(running.endpoint_url)
        finally:
            lifecycle.stop(state_dir=state_dir)


def bench_plain(url: str) -> None:
    """Apply, apply again and destroy, and count the calls."""
    config = tl.Config(endpoint_url=url)
    clients = NamedClients(config)
    aws = Aws(config, client_factory=clients)
    row("apply, from nothing", timed(lambda: tl.deploy.apply(config, aws=aws)), "s", limit=3)
    row("its calls that change something", len(clients.changes), "")
    clients.operations.clear()
    row("apply, nothing to do", timed(lambda: tl.deploy.apply(config, aws=aws)), "s")
    row("its calls that change something", len(clients.changes), "", limit=0)
    gone = timed(lambda: tl.deploy.destroy(config, confirm=True, aws=aws))
    row("destroy, with the search", gone, "s", limit=3)


def bench_moto() -> None:
    """Apply and destroy on moto's own server, which shares no code with the embedded router."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    try:
        config = tl.Config(endpoint_url=f"http://127.0.0.1:{server.get_host_and_port()[1]}")
        aws = Aws(config)
        row("apply on moto's server", timed(lambda: tl.deploy.apply(config, aws=aws)), "s")
        gone: list[Any] = []
        took_s = timed(lambda: gone.append(tl.deploy.destroy(config, confirm=True, aws=aws)))
        row("destroy on moto's server", took_s, "s")
        left = len(gone[0].remains.by_tag) + len(gone[0].remains.by_name)
        row("things left there", left, "", limit=0)
    finally:
        server.stop()


def bench_latency(url: str) -> None:
    """Add 100 ms to each call; compare with the longest chain of calls, and with all in a row."""
    config = tl.Config(endpoint_url=url)
    clients = NamedClients(config)
    aws = Aws(config, client_factory=clients)
    tl.deploy.apply(config, aws=aws)  # so that all clients and connections are there
    tl.deploy.destroy(config, confirm=True, aws=aws)
    call_s = DELAY_S + usual_call_s(aws)
    planned = tl.deploy.plan(config, aws=aws)
    chain_s = tl.deploy.estimate_s(planned.steps, ControlPlaneProfile(call_s=call_s))
    chain_s += READING_CHAIN * call_s
    clients.operations.clear()
    clients.delay_s = DELAY_S
    took_s = timed(lambda: tl.deploy.apply(config, aws=aws))
    clients.delay_s = 0.0
    row("a call without a delay", (call_s - DELAY_S) * 1000, "ms")
    row("apply, 100 ms a call more", took_s, "s", peer=chain_s, peer_name="critical path")
    serial_s = len(clients.operations) * call_s
    row("apply, 100 ms a call more", took_s, "s", peer=serial_s, peer_name="one after the other")
    tl.deploy.destroy(config, confirm=True, aws=aws)


def usual_call_s(aws: Aws) -> float:
    """Measure how long a call takes that has the machine for itself."""
    return statistics.median(timed(lambda: aws.gateway.apis_named("none")) for _ in range(20))


def kill_all(config: tl.Config, label: str, *, every: int) -> None:
    """Kill apply and destroy at each or at every so many of their mutating calls."""
    with KillingLab.running(config) as lab:
        counts = {verb: lab.count(verb) for verb in ("apply", "destroy")}
    numbers = range(1, max(counts.values()) + 1, every)
    cases = [(after, answered) for after in numbers for answered in (True, False)]
    tallies = in_lanes(cases, lambda region, lane: [kill_lane(config, region, lane, counts)])
    for verb, count in counts.items():
        survived = sum(tally.survived[verb] for tally in tallies)
        killed = sum(tally.killed[verb] for tally in tallies)
        tried = 2 * len(range(1, count + 1, every))
        row(f"mutating calls of {verb}{label}, N", count, "")
        row(f"kills of {verb}{label}, survived", survived, "", limit=tried)
        row("of these, the process was still at work", killed, "")


@dataclass
class Tally:
    """How often a verb was killed, and how often everything was well after the next run."""

    killed: dict[str, int] = field(default_factory=lambda: {"apply": 0, "destroy": 0})
    survived: dict[str, int] = field(default_factory=lambda: {"apply": 0, "destroy": 0})


def kill_lane(
    config: tl.Config, region: str, cases: Sequence[tuple[int, bool]], counts: dict[str, int]
) -> Tally:
    """Kill apply, apply again, kill destroy, destroy again; once per case."""
    tally = Tally()
    with KillingLab.running(config.replace(aws_region=region)) as lab:
        for after, answered in cases:
            for verb, go_on in (("apply", lab.recover), ("destroy", lab.clear)):
                within = after <= counts[verb]
                if within:
                    tally.killed[verb] += lab.kill(verb, after=after, answered=answered)
                go_on()
                tally.survived[verb] += within
    return tally


def report_faults(runs: Sequence[Sequence[InjectedFault]], seeds: int) -> None:
    """Print how many seeds ended well, and how long was waited in them."""
    injected = [fault for run in runs for fault in run]
    row("seeds of faults, all done and nothing twice", len(runs), "", limit=seeds)
    row("requests that were hit", len(injected), "")
    row("delays injected", sum(fault.injected_s for fault in injected), "s")
    injected_s = sum(fault.injected_s for fault in injected)
    polls_s = sum(fault.poll_s for fault in injected)
    waited_s = sum(fault.waited_s for fault in injected)
    bound = "delays and a poll each"
    row("waited, in all", waited_s, "s", peer=injected_s + polls_s, peer_name=bound)
    worst = max(injected, key=lambda fault: fault.waited_s - fault.injected_s)
    excess_s = worst.waited_s - worst.injected_s
    row("most waited beyond the delay", excess_s, "s", peer=worst.poll_s, peer_name="one poll")


def fault_lane(url: str, region: str, seeds: Sequence[int]) -> list[list[InjectedFault]]:
    """Run some seeds one after the other, every second one with all options on."""
    proxy = Proxy(url)
    with proxy.running() as proxy_url:
        plain = tl.Config(endpoint_url=proxy_url, aws_region=region)
        configs = (plain, plain.replace(**ALL_OPTIONS))
        aws = Aws(plain, client_factory=NamedClients(plain))
        return [
            survive_faults(proxy, configs[number % 2], aws, seed)
            for number, seed in enumerate(seeds)
        ]


def in_lanes(jobs: Sequence[Any], work: Callable[[str, Sequence[Any]], list[Any]]) -> list[Any]:
    """Share jobs between regions, which have a stack each, and collect what comes of them."""
    lanes = [jobs[start :: len(REGIONS)] for start in range(len(REGIONS))]
    with ThreadPoolExecutor(len(REGIONS)) as pool:
        return [result for lane in pool.map(work, REGIONS, lanes) for result in lane]


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started
