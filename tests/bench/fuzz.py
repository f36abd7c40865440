"""Bad input for every entrance, which must reject it in an orderly way: no 500, no hang."""

import logging
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from attacks import Tally, events_target, tally, xray_target
from calls import Call
from chain import REGION, shop
from http_attacks import attack, attack_daemon, calls, packets, requests
from mutations import examples, mutated_json, mutated_text
from report import row
from seeds import DOCUMENTS, FILTER_WORDS, FILTERS, PATTERNS
from span_attacks import span_datagrams, span_requests, span_target

from tracing_lab.embedded import lifecycle

WORKERS = 2
SHOWN = 3
Timed = tuple[Tally, float]


def bench_fuzz(inputs: int = 10_000) -> None:
    """Send so many of each sort, all different, and print what became of them."""
    sorts: dict[str, Callable[[int], Timed]] = {
        "HTTP requests": fuzz_http,
        "segment documents": fuzz_documents,
        "filter expressions": fuzz_filters,
        "event patterns": fuzz_patterns,
        "span requests": fuzz_span_requests,
        "span datagrams": fuzz_span_datagrams,
    }
    with ProcessPoolExecutor(WORKERS) as pool:
        running = {name: pool.submit(fuzz, inputs) for name, fuzz in sorts.items()}
        for name, result in running.items():
            report(name, *result.result())


def report(name: str, found: Tally, took_s: float) -> None:
    """Print counts, and the first defects."""
    total = found.outcomes.total()
    row(f"mutated {name}", total, "")
    for outcome, count in sorted(found.outcomes.items()):
        row(f"- {outcome}", count, "", limit=total)
    row("- 5xx, hangs and tracebacks", len(found.defects), "")
    row("- sent in", took_s, "s")
    for example, reason in found.defects[:SHOWN]:
        print(f"{example!r:.300}\n{reason[-600:]}", file=sys.stderr)


def fuzz_documents(inputs: int) -> Timed:
    """Send damaged segment documents, and read all traces after each that was taken."""
    texts = examples(mutated_json(DOCUMENTS), inputs)
    with xray_target() as target:
        return timed(partial(tally, texts, target.document))


def fuzz_filters(inputs: int) -> Timed:
    """Search with damaged filter expressions."""
    expressions = examples(mutated_text(FILTERS, FILTER_WORDS), inputs)
    with xray_target() as target:
        return timed(partial(tally, expressions, target.filter))


def fuzz_patterns(inputs: int) -> Timed:
    """Test damaged event patterns, and make rules with them."""
    patterns = examples(mutated_json(PATTERNS), inputs)
    with events_target() as target:
        return timed(partial(tally, patterns, target.pattern))


def fuzz_span_requests(inputs: int) -> Timed:
    """Send damaged export requests; what was not rejected has to be recorded."""
    found = examples(span_requests(), inputs)
    with span_target() as target:
        return timed(partial(tally, found, target.request))


def fuzz_span_datagrams(inputs: int) -> Timed:
    """Send damaged datagrams of AWS's OpenTelemetry layers."""
    found = examples(span_datagrams(), inputs)
    with span_target() as target:
        return timed(partial(tally, found, target.datagram))


def fuzz_http(inputs: int) -> Timed:
    """Send damaged requests and packets to a whole server, whose log must show no defect."""
    with shop() as target:
        seeds = calls(target.url)
        damaged_requests = examples(requests(seeds), inputs)
        attack(target.running.port, [one.to_bytes() for one in set(seeds)])  # makes what they name
        started = time.perf_counter()
        found = attack(target.running.port, damaged_requests)
        fuzz_daemon(daemon_port(target.running), inputs // 10, found)
        took_s = time.perf_counter() - started
        log = (target.running.state_dir / "server.log").read_text(errors="replace")
        for traceback in log.split("Traceback")[1:]:
            found.defects.append(("server.log", traceback))
    return found, took_s


def fuzz_daemon(port: int, inputs: int, found: Tally) -> None:
    """Send damaged packets, and damaged requests to the daemon's TCP side."""
    attack_daemon(port, examples(packets(), inputs))
    unsigned = [Call("POST", path, (), b"{}") for path in ("/GetSamplingRules", "/SamplingTargets")]
    answers = attack(port, examples(requests(unsigned), inputs), ends=True)
    found.outcomes += answers.outcomes
    found.defects += answers.defects


def daemon_port(running: lifecycle.EmbeddedStatus) -> int:
    """Return the port of the X-Ray daemon."""
    variables = lifecycle.environment(running, region=REGION)
    return int(variables["AWS_XRAY_DAEMON_ADDRESS"].rpartition(":")[2])


def timed(action: Callable[[], Tally]) -> Timed:
    """Return the result of an action and its seconds."""
    logging.disable(logging.CRITICAL)
    started = time.perf_counter()
    found = action()
    return found, time.perf_counter() - started
