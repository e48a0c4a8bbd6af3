"""Relative weights: the vector of METRICS §2.5.6 and what must hold of any sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cx_warehouse.importance import Sample, bootstrap_interval, distinct_ranks, importances, moments

TV_IMP_1 = [
    (9, 8, 7, 9), (8, 8, 6, 8), (7, 5, 8, 7), (6, 6, 5, 6), (9, 9, 9, 10), (5, 4, 6, 5), (8, 7, 9, 8),
    (4, 5, 4, 4), (7, 8, 6, 7), (10, 9, 8, 10), (6, 5, 7, 6), (3, 4, 5, 3),
]  # fmt: skip


def sample(cases: object) -> Sample:
    """A sample with attributes x1, x2 ... and the overall answer last."""
    array = np.array(cases, dtype=float)
    names = tuple(f"x{place}" for place in range(1, array.shape[1]))
    return Sample("relational", "year", "2026-01-01", names, array)


def test_tv_imp_1() -> None:
    lines = importances(sample(TV_IMP_1))
    assert [line["imp_beta"] for line in lines] == pytest.approx([0.7461, 0.1719, 0.1253], abs=5e-5)
    assert [line["imp_johnson"] for line in lines] == pytest.approx([0.4032, 0.3498, 0.2470], abs=5e-5)
    assert [line["imp_shapley"] for line in lines] == pytest.approx([0.4447, 0.3297, 0.2256], abs=5e-5)
    assert [line["r_squared"] for line in lines] == pytest.approx([0.991461] * 3, abs=5e-7)


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.integers(20, 60))
def test_weights_explain_what_a_regression_explains(seed: int, attributes: int, cases: int) -> None:
    random = np.random.default_rng(seed)
    common = random.normal(size=(cases, 1))
    x = np.round(5 + 2 * common + random.normal(size=(cases, attributes)))
    y = x @ random.uniform(0, 1, attributes) + random.normal(size=cases)
    lines = importances(sample(np.column_stack([x, y])))
    design = np.column_stack([np.ones(cases), x])
    residual = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    explained = 1 - residual.var() / y.var()
    assert lines[0]["r_squared"] == pytest.approx(explained, abs=1e-8)
    assert sum(line["imp_johnson"] for line in lines) == pytest.approx(1, abs=1e-8)
    assert sum(line["imp_shapley"] for line in lines) == pytest.approx(1, abs=1e-8)
    assert all(line["imp_johnson"] >= 0 for line in lines)


def test_orthogonal_attributes_weigh_their_squared_correlation() -> None:
    x = np.array([(a, b) for a in (0, 1) for b in (0, 1)] * 5, dtype=float)
    noise = np.tile([0.3, -0.3, -0.3, 0.3], 5)
    cases = np.column_stack([x, 3 * x[:, 0] + x[:, 1] + noise])
    correlations = np.corrcoef(cases.T)[:2, 2]
    got = [line["imp_johnson"] for line in importances(sample(cases))]
    assert got == pytest.approx(correlations**2 / (correlations**2).sum(), abs=1e-9)


def test_the_interval_is_the_same_every_time_and_covers_the_estimate() -> None:
    random = np.random.default_rng(7)
    x = random.normal(size=(300, 3))
    cases = np.column_stack([x, x @ [2.0, 0.8, 0.0] + random.normal(size=300)])
    first, second = importances(sample(cases)), importances(sample(cases))
    assert first == second
    for line in first:
        assert line["johnson_ci_low"] <= line["imp_johnson"] <= line["johnson_ci_high"]
    assert [line["johnson_rank"] for line in first] == [1, 2, 3]


def test_many_cases_are_drawn_in_groups_and_give_the_same_spread() -> None:
    random = np.random.default_rng(11)
    x = random.normal(size=(6000, 2))
    cases = np.column_stack([x, x @ [1.0, 0.5] + random.normal(size=6000)])
    assert moments(cases).shape[0] == 2000
    assert moments(cases).sum(axis=0) == pytest.approx(moments(cases[:2000]).sum(axis=0)
        + moments(cases[2000:4000]).sum(axis=0) + moments(cases[4000:]).sum(axis=0))  # fmt: skip
    low, high = bootstrap_interval(cases)
    # By hand: the interval of 400 samples drawn case by case.
    shares = []
    for _ in range(400):
        drawn = cases[random.integers(0, 6000, 6000)]
        squared = np.corrcoef(drawn.T)[:2, 2] ** 2
        shares.append(squared[0] / squared.sum())
    by_hand = np.percentile(shares, [2.5, 97.5])
    assert (low[0], high[0]) == pytest.approx(tuple(by_hand), abs=0.01)


def test_an_answer_that_never_varies_has_no_importances() -> None:
    assert importances(sample([(1, 5, 7), (2, 6, 7), (3, 4, 7)])) == []


def test_attributes_whose_intervals_overlap_are_not_ranked() -> None:
    weights, low, high = np.array([0.5, 0.2, 0.19]), np.array([0.4, 0.1, 0.1]), np.array([0.6, 0.3, 0.3])
    assert distinct_ranks(weights, low, high) == [1, None, None]
