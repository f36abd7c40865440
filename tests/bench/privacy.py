"""How much personal data and how many secrets are found, and how much that is none."""

import time
from collections import Counter

from private_texts import SECRET_TEXTS, samples
from report import row

from tracing_lab.check.privacy.detectors import matches

LIMIT = 0.95


def bench_privacy(count: int = 10_000) -> None:
    """Print recall and precision of each kind on generated texts, and the texts a second.

    Parameters
    ----------
    count
        Number of texts, half of them without anything to find.
    """
    texts = [*samples(count, seed=1)]
    began_s = time.perf_counter()
    found = [{match.kind for match in matches(sample.text)} for sample in texts]
    took_s = time.perf_counter() - began_s
    pairs = [*zip(texts, found, strict=True)]
    there = Counter(sample.kind for sample in texts)
    right = Counter(sample.kind for sample, kinds in pairs if sample.kind in kinds)
    said = Counter(kind for kinds in found for kind in kinds)
    for kind in SECRET_TEXTS:
        row(f"privacy: {kind} found", right[kind] / there[kind], "", limit=LIMIT)
        row(f"privacy: {kind} rightly", right[kind] / said[kind], "", limit=LIMIT)
    row("privacy: texts a second", count / took_s / 1000, "k")
