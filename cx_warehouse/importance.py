"""Relative weights: what share of the explained overall answer is each attribute's (METRICS §2.5.6).

dbt builds `marts.kpi_csi_importance` with all that SQL can say; eigenvectors and a bootstrap are beyond
it, so `cx build` fills in the rest from the complete cases in `intermediate.int_csi_cases`. The same cases
give the same numbers, whatever the engine and the order of rows: cases are sorted, the seed is fixed, and
results are rounded to ten places, beyond what differs between machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy

from cx_warehouse.database import BuildDatabase

Array = npt.NDArray[np.float64]

DRAWS = 2000
SEED = 20_260_101
# More cases than this are drawn in groups of equal size, which spares memory and changes no expectation.
LARGEST_SAMPLE = 2000
# LMG looks at every subset of the attributes.
MOST_SHAPLEY_ATTRIBUTES = 12
PLACES = 10
SMALLEST_EIGENVALUE = 1e-12

CASES = """
    select importance.programme, importance.period_grain, importance.period_start,
        cases.response_id, cases.attribute, cases.pomp, cases.overall
    from (
        select distinct programme, period_grain, period_start from marts.kpi_csi_importance
    ) as importance
    inner join intermediate.int_feedback_period_units as respondents
        on respondents.metric = 'csi_index'
        and importance.programme = respondents.programme
        and importance.period_grain = respondents.period_grain
        and importance.period_start = respondents.period_start
    inner join intermediate.int_csi_cases as cases
        on respondents.response_id = cases.response_id
"""

FILL_IN = """
    update marts.kpi_csi_importance
    set imp_beta = :imp_beta, imp_johnson = :imp_johnson, johnson_ci_low = :johnson_ci_low,
        johnson_ci_high = :johnson_ci_high, imp_shapley = :imp_shapley, r_squared = :r_squared,
        johnson_rank = :johnson_rank
    where programme = :programme and period_grain = :period_grain and period_start = :period_start
        and attribute = :attribute
"""


@dataclass(frozen=True)
class Sample:
    """Complete cases of one programme and period: a row per case, the overall answer last."""

    programme: str
    period_grain: str
    period_start: Any
    attributes: tuple[str, ...]
    cases: Array


def fill_in_importance(database: BuildDatabase) -> int:
    """Fill the columns of `marts.kpi_csi_importance` that SQL leaves empty; gives the number of rows."""
    filled = 0
    for sample in samples(database):
        for line in importances(sample):
            database.connection.execute(sqlalchemy.text(FILL_IN), line)
            filled += 1
    return filled


def samples(database: BuildDatabase) -> Iterator[Sample]:
    """The complete cases behind each programme and period of the mart, in an order of their own."""
    rows = sorted(database.rows(CASES), key=lambda row: (row[0], row[1], str(row[2]), row[3], row[4]))
    for (programme, grain, start), of_sample in groupby(rows, key=lambda row: row[:3]):
        cases = []
        attributes: tuple[str, ...] = ()
        for _, of_case in groupby(of_sample, key=lambda row: row[3]):
            answers = list(of_case)
            attributes = tuple(answer[4] for answer in answers)
            cases.append([*(float(answer[5]) for answer in answers), float(answers[0][6])])
        yield Sample(programme, grain, start, attributes, np.array(cases))


def importances(sample: Sample) -> list[dict[str, Any]]:
    """What the mart says of each attribute; nothing where the overall answer or an attribute never varies."""
    correlations = np.nan_to_num(correlation_matrices(moments(sample.cases).sum(axis=0)[np.newaxis]))[0]
    between, with_overall = correlations[:-1, :-1], correlations[:-1, -1]
    if not with_overall.any():
        return []
    raw = relative_weights(between[np.newaxis], with_overall[np.newaxis])[0]
    weights = raw / raw.sum()
    low, high = bootstrap_interval(sample.cases)
    shapley = (
        [gain / raw.sum() for gain in lmg(between, with_overall)]
        if len(sample.attributes) <= MOST_SHAPLEY_ATTRIBUTES
        else [None] * len(sample.attributes)
    )
    beta = np.linalg.pinv(between) @ with_overall
    ranks = distinct_ranks(weights, low, high)
    return [
        {
            "programme": sample.programme,
            "period_grain": sample.period_grain,
            "period_start": sample.period_start,
            "attribute": attribute,
            "imp_beta": rounded(beta[place]),
            "imp_johnson": rounded(weights[place]),
            "johnson_ci_low": rounded(low[place]),
            "johnson_ci_high": rounded(high[place]),
            "imp_shapley": rounded(shapley[place]),
            "r_squared": rounded(raw.sum()),
            "johnson_rank": ranks[place],
        }
        for place, attribute in enumerate(sample.attributes)
    ]


def rounded(number: float | None) -> float | None:
    """Ten places and no negative zero; None for what is not a number."""
    return None if number is None or np.isnan(number) else round(float(number), PLACES) + 0.0


def moments(cases: Array) -> Array:
    """Of each case (or group of them) its count, sums and sums of products, as one flat row.

    More than `LARGEST_SAMPLE` cases are dealt out into that many groups, whose moments add up to the same.
    """
    columns = np.hstack([np.ones((len(cases), 1)), cases])
    products: Array = np.einsum("ni,nj->nij", columns, columns).reshape(len(cases), -1)
    if len(cases) <= LARGEST_SAMPLE:
        return products
    grouped = np.zeros((LARGEST_SAMPLE, products.shape[1]))
    np.add.at(grouped, np.arange(len(cases)) % LARGEST_SAMPLE, products)
    return grouped


def correlation_matrices(sums: Array) -> Array:
    """Correlations from flat rows of moments, a matrix for each; not a number where nothing varies."""
    width = round(float(np.sqrt(sums.shape[1])))
    blocks = sums.reshape(-1, width, width)
    n = blocks[:, 0, 0][:, np.newaxis, np.newaxis]
    totals = blocks[:, 0, 1:]
    centred = blocks[:, 1:, 1:] - totals[:, :, np.newaxis] * totals[:, np.newaxis, :] / n
    spread = np.sqrt(np.clip(np.einsum("dii->di", centred), 0, None))
    scale = spread[:, :, np.newaxis] * spread[:, np.newaxis, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        matrices: Array = np.where(scale > 1e-9, centred / scale, np.nan)
    return matrices


def relative_weights(between: Array, with_overall: Array) -> Array:
    """Johnson's (2000) raw weights of each matrix in a stack; they add up to its R².

    between: correlations of the attributes, draws x k x k; with_overall: theirs with the overall answer,
    draws x k.
    """
    eigenvalues, vectors = np.linalg.eigh(between)
    roots = np.sqrt(np.clip(eigenvalues, 0, None))
    inverse_roots = np.where(eigenvalues > SMALLEST_EIGENVALUE, 1 / np.maximum(roots, 1e-6), 0.0)
    loadings = np.einsum("dik,dk,djk->dij", vectors, roots, vectors)
    inverse = np.einsum("dik,dk,djk->dij", vectors, inverse_roots, vectors)
    coefficients = np.einsum("dij,dj->di", inverse, with_overall)
    weights: Array = np.einsum("dij,dj->di", loadings**2, coefficients**2)
    return weights


def bootstrap_interval(cases: Array) -> tuple[Array, Array]:
    """95 % percentile interval of the weights as shares of R² over `DRAWS` draws with a fixed seed."""
    parts = moments(cases)
    draws = np.random.default_rng(SEED).multinomial(
        len(parts), np.full(len(parts), 1 / len(parts)), size=DRAWS
    )
    correlations = correlation_matrices(draws @ parts)
    usable = correlations[~np.isnan(correlations).any(axis=(1, 2))]
    if len(usable) < DRAWS / 2:
        nothing = np.full(cases.shape[1] - 1, np.nan)
        return nothing, nothing
    weights = relative_weights(usable[:, :-1, :-1], usable[:, :-1, -1])
    shares = weights / weights.sum(axis=1, keepdims=True)
    low, high = np.percentile(shares, [2.5, 97.5], axis=0)
    return low, high


def lmg(between: Array, with_overall: Array) -> list[float]:
    """Average gain in R² of each attribute over all orders of the attributes (LMG, Shapley)."""
    k = len(with_overall)
    explained = np.zeros(1 << k)
    for subset in range(1, 1 << k):
        members = [place for place in range(k) if subset >> place & 1]
        r = with_overall[members]
        explained[subset] = r @ np.linalg.pinv(between[np.ix_(members, members)]) @ r
    share = [factorial(size) * factorial(k - size - 1) / factorial(k) for size in range(k)]
    return [
        sum(
            share[subset.bit_count()] * float(explained[subset | 1 << place] - explained[subset])
            for subset in range(1 << k)
            if not subset >> place & 1
        )
        for place in range(k)
    ]


def distinct_ranks(weights: Array, low: Array, high: Array) -> list[int | None]:
    """The rank of each attribute, None where its interval overlaps another's."""
    order = np.argsort(-weights, kind="stable")
    ranks = {int(place): rank for rank, place in enumerate(order, start=1)}
    return [
        ranks[place]
        if all(high[place] < low[other] or low[place] > high[other] for other in ranks if other != place)
        else None
        for place in range(len(weights))
    ]
