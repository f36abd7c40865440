"""How much personal data and how many secrets are found, and how much that is none."""

import time
from collections import Counter

from private_texts import SECRET_TEXTS, is_covered, samples
from report import row

from tracing_lab.check.privacy.detectors import matches

LIMIT = 0.95


def bench_privacy(count: int = 10_000) -> None:
    """Print recall and precision of each kind on generated texts, and the texts a second.

    Covered whole is the share of secrets of which no part is left.

    Parameters
    ----------
    count
        Number of texts, half of them without anything to find.
    """
    texts = [*samples(count, seed=1)]
    began_s = time.perf_counter()
    all_matches = [matches(sample.text) for sample in texts]
    took_s = time.perf_counter() - began_s
    found = [{match.kind for match in each} for each in all_matches]
    pairs = [*zip(texts, found, strict=True)]
    there = Counter(sample.kind for sample in texts)
    right = Counter(sample.kind for sample, kinds in pairs if sample.kind in kinds)
    said = Counter(kind for kinds in found for kind in kinds)
    hidden = Counter(
        sample.kind
        for sample, each in zip(texts, all_matches, strict=True)
        if sample.kind and is_covered(sample, each)
    )
    for kind in SECRET_TEXTS:
        row(f"privacy: {kind} found", right[kind] / there[kind], "", limit=LIMIT)
        row(f"privacy: {kind} covered whole", hidden[kind] / there[kind], "", limit=LIMIT)
        row(f"privacy: {kind} rightly", right[kind] / said[kind], "", limit=LIMIT)
    row("privacy: texts a second", count / took_s / 1000, "k")
