"""Fit the probabilities of root causes on the tuning incidents, and print them as constants.

``PYTHONPATH=tests/support python tests/bench/calibrate_root_cause.py`` prints what belongs into
`tracing_lab.rca.calibration`, and how well the probabilities do on tuning incidents that were left
out of the fit (ten folds). Incidents that are held out are not read.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from incidents import Incident, incidents

from tracing_lab.rca.calibration import features
from tracing_lab.rca.causes import candidates
from tracing_lab.rca.evidence import evidence
from tracing_lab.rca.model import service_of
from tracing_lab.rca.observations import observations

FOLDS = 10
PENALTY = 0.3
"""Of squared coefficients but the constant's; keeps them finite where a feature always tells."""

_STEPS = 100
_ALPHA = 0.05

Values = npt.NDArray[np.float64]


def main() -> None:
    """Print the coefficients."""
    table = pd.concat(labelled(incident) for incident in incidents("tuning"))
    names = [name for name in table.columns if name not in {"incident", "is_cause"}]
    columns, is_cause = table[names].to_numpy(dtype=float), table["is_cause"].to_numpy(dtype=float)
    left_out = np.zeros(len(table))
    for fold in range(FOLDS):
        inside = (table["incident"] % FOLDS == fold).to_numpy()
        left_out[inside] = predicted(columns[inside], fit(columns[~inside], is_cause[~inside]))
    wrong = np.mean((left_out > 1 / 2) != is_cause)
    print(f"# {len(table)} candidates of {table['incident'].nunique()} incidents")
    print(f"# left out of the fit: {100 * wrong:.1f} % on the wrong side of 1/2, ", end="")
    print(f"mean absolute error {np.mean(np.abs(left_out - is_cause)):.3f}")
    print("COEFFICIENTS: Final = {")
    for name, value in zip(names, fit(columns, is_cause), strict=True):
        print(f'    "{name}": {value:.2f},')
    print("}")


def labelled(incident: Incident) -> pd.DataFrame:
    """Return the features of an incident's candidates, the strongest of each service."""
    windows = observations(incident.good), observations(incident.bad)
    found = candidates(evidence(*windows, alpha=_ALPHA))
    services = pd.Series([service_of(name) for _, name in found.index], found.index, dtype=str)
    strongest = found[~services.duplicated()]  # they are sorted by impact
    is_cause = services.loc[strongest.index].isin(incident.truth.causes)
    return features(strongest).assign(incident=incident.number, is_cause=is_cause)


def fit(columns: Values, is_cause: Values) -> Values:
    """Return the coefficients of a logistic regression, by Newton's method."""
    penalty = PENALTY * np.eye(columns.shape[1])
    penalty[0, 0] = 0.0
    coefficients = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chance = predicted(columns, coefficients)
        gradient = columns.T @ (is_cause - chance) - penalty @ coefficients
        curvature = (columns * (chance * (1 - chance))[:, None]).T @ columns + penalty
        coefficients = coefficients + np.linalg.solve(curvature, gradient)
    return coefficients


def predicted(columns: Values, coefficients: Values) -> Values:
    """Return the probability of each row."""
    return np.asarray(1 / (1 + np.exp(-columns @ coefficients)))


if __name__ == "__main__":
    main()
