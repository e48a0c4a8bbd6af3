"""The statistics macros against scipy and statsmodels, and the vectors of METRICS, on each engine."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from dbt_runner import Warehouse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import (
    confint_proportions_2indep,
    proportion_confint,
    proportions_ztest,
)

Z = 1.959963984540054

counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def values(rows: list[tuple[Any, ...]], names: str) -> str:
    """Rows as a relation, numbered so that answers can be put back in order."""
    lines = [f"({index}, {', '.join(map(repr, row))})" for index, row in enumerate(rows)]
    return f"(values {', '.join(lines)}) as cases (case_number, {names})"


def evaluate(engine: Warehouse, expressions: dict[str, str], source: str) -> dict[str, list[float | None]]:
    """Each named expression over the cases, in their order."""
    columns = ", ".join(f"{sql} as {name}" for name, sql in expressions.items())
    rows = engine.select(f"select case_number, {columns} from {source} order by case_number")
    return {name: [None if row[name] is None else float(row[name]) for row in rows] for name in expressions}


def draw(strategy: st.SearchStrategy[Any], size: int) -> list[Any]:
    """A batch of examples: one round trip to the engine for all of them."""
    batch: list[Any] = []

    @settings(max_examples=size, database=None, derandomize=True, deadline=None)
    @given(strategy)
    def collect(example: Any) -> None:
        batch.append(example)

    collect()
    return batch


def test_wilson_interval_agrees_with_statsmodels(engine: Warehouse) -> None:
    cases = [(42, 60), (0, 10), (10, 10), *draw(counts, 60)]
    got = evaluate(
        engine,
        {"low": "{{ wilson_low('x', 'n') }}", "high": "{{ wilson_high('x', 'n') }}"},
        values([*cases, (0, 0)], "x, n"),
    )
    assert (got["low"][-1], got["high"][-1]) == (None, None), "of no base there is no interval"
    for index, (x, n) in enumerate(cases):
        low, high = proportion_confint(x, n, method="wilson")
        assert got["low"][index] == pytest.approx(low, abs=1e-12)
        assert got["high"][index] == pytest.approx(high, abs=1e-12)
    assert [round(got["low"][0], 6), round(got["high"][0], 6)] == [0.574913, 0.801018]  # TV-GEN-1
    assert round(got["high"][1], 6) == 0.277533  # TV-GEN-2
    assert round(got["low"][2], 6) == 0.722467  # TV-GEN-2


def test_what_is_nearly_all_kept_has_a_standard_error_with_all_its_digits(engine: Warehouse) -> None:
    """A cent lost of a thousand large customers: squares of what was kept differ in their 18th digit."""
    opening = [Decimal("912345.67") + customer for customer in range(1000)]
    kept = [*opening[:-1], opening[-1] - Decimal("0.01")]
    sums = {
        "opening_mrr": sum(opening),
        "kept_mrr": sum(kept),
        "opening_squares": sum(x * x for x in opening),
        "opening_kept": sum(x * y for x, y in zip(opening, kept, strict=True)),
        "kept_squares": sum(y * y for y in kept),
    }
    columns = ", ".join(f"cast({value} as decimal(38, 8)) as {name}" for name, value in sums.items())
    got = evaluate(
        engine,
        {"error": "{{ kept_ratio_standard_error('kept') }}"},
        f"(select 0 as case_number, 1000 as opening_customers, {columns}) as cases",
    )
    ratio = Fraction(sums["kept_mrr"]) / Fraction(sums["opening_mrr"])
    residual = sum((Fraction(y) - ratio * Fraction(x)) ** 2 for x, y in zip(opening, kept, strict=True))
    expected = math.sqrt(Fraction(1000, 999) * residual) / float(sums["opening_mrr"])
    assert got["error"] == [pytest.approx(expected, rel=1e-9)]


def test_two_shares_agree_with_statsmodels(engine: Warehouse) -> None:
    cases = [(56, 70, 48, 80), *[(*a, *b) for a, b in draw(st.tuples(counts, counts), 60)]]
    arguments = "'x1', 'n1', 'x2', 'n2'"
    got = evaluate(
        engine,
        {
            "low": f"{{{{ two_shares_low({arguments}) }}}}",
            "high": f"{{{{ two_shares_high({arguments}) }}}}",
            "z": f"{{{{ two_shares_z({arguments}) }}}}",
        },
        values(cases, "x1, n1, x2, n2"),
    )
    for index, (x1, n1, x2, n2) in enumerate(cases):
        low, high = confint_proportions_2indep(x1, n1, x2, n2, method="newcomb", compare="diff")
        assert got["low"][index] == pytest.approx(low, abs=1e-9)
        assert got["high"][index] == pytest.approx(high, abs=1e-9)
        if 0 < x1 + x2 < n1 + n2:
            z, _ = proportions_ztest([x1, x2], [n1, n2])
            assert got["z"][index] == pytest.approx(z, abs=1e-9)
        else:
            assert got["z"][index] is None
    assert round(got["low"][0], 6) == 0.052431  # TV-GEN-3
    assert round(got["high"][0], 6) == 0.333873
    assert round(got["z"][0], 6) == 2.650172


def adjusted_wald(p: int, d: int, n: int) -> tuple[float, float]:
    """Rocks' interval as METRICS §2.2.2 words it."""
    size, positives, negatives = n + 3, (p + 0.75) / (n + 3), (d + 0.75) / (n + 3)
    net = positives - negatives
    half = Z * math.sqrt((positives + negatives - net**2) / size)
    return max(-100, 100 * (net - half)), min(100, 100 * (net + half))


classes = st.lists(st.integers(0, 120), min_size=3, max_size=3).filter(any).map(tuple)


def test_net_score_and_its_interval(engine: Warehouse) -> None:
    cases = [(4, 3, 3), (120, 50, 30), (5, 0, 0), *draw(classes, 60)]
    rows = [(p, d, p + passive + d) for p, passive, d in cases]
    got = evaluate(
        engine,
        {
            "score": "{{ net_score('p', 'd', 'n') }}",
            "error": "{{ net_score_standard_error('p', 'd', 'n') }}",
            "low": "{{ net_score_low('p', 'd', 'n') }}",
            "high": "{{ net_score_high('p', 'd', 'n') }}",
        },
        values(rows, "p, d, n"),
    )
    for index, (p, d, n) in enumerate(rows):
        votes = np.repeat([1, -1, 0], [p, d, n - p - d])
        assert got["score"][index] == pytest.approx(100 * votes.mean(), abs=1e-9)
        assert got["error"][index] == pytest.approx(100 * votes.std() / math.sqrt(n), abs=1e-9)
        low, high = adjusted_wald(p, d, n)
        assert got["low"][index] == pytest.approx(low, abs=1e-9)
        assert got["high"][index] == pytest.approx(high, abs=1e-9)
    published = [(got["low"][i], got["high"][i]) for i in range(3)]
    assert published[0] == pytest.approx((-36.063945, 51.448560), abs=5e-7)  # TV-NPS-1
    assert published[1] == pytest.approx((34.135419, 54.534532), abs=5e-7)  # TV-NPS-2
    assert published[2] == pytest.approx((17.491453, 100), abs=5e-7)  # TV-NPS-3


def test_a_census_varies_less(engine: Warehouse) -> None:
    error = "{{ net_score_standard_error(25, 5, 45) }}"
    got = evaluate(
        engine,
        {"error": error, "corrected": error + " * {{ finite_population_factor(45, 60) }}"},
        values([(1,)], "one"),
    )
    assert got["error"] == pytest.approx([10.210406], abs=5e-7)
    assert got["corrected"] == pytest.approx([5.148286], abs=5e-7)  # TV-WGT-2


def test_people_in_both_samples_are_allowed_for(engine: Warehouse) -> None:
    arguments = "'p1', 'd1', 'n1', 'p2', 'd2', 'n2', 'm', 'c'"
    error = f"{{{{ net_change_overlap_standard_error({arguments}) }}}}"
    # TV-NPS-6; and seven of whom each says the same twice, where nothing is left but 0.
    rows = [(4, 1, 6, 2, 2, 6, 4, 0.75), (3, 2, 7, 3, 2, 7, 7, 34 / 42)]
    got = evaluate(engine, {"error": error}, values(rows, "p1, d1, n1, p2, d2, n2, m, c"))
    assert got["error"] == [pytest.approx(28.867513, abs=5e-7), 0]


def test_change_of_a_net_score_uses_the_split_adjustment(engine: Warehouse) -> None:
    rows = [(120, 30, 200, 90, 50, 200), (24, 8, 40, 20, 10, 40)]
    arguments = "'p1', 'd1', 'n1', 'p2', 'd2', 'n2'"
    centre = f"{{{{ net_change_centre({arguments}) }}}}"
    error = f"{{{{ net_change_standard_error({arguments}) }}}}"
    got = evaluate(engine, {"centre": centre, "error": error}, values(rows, "p1, d1, n1, p2, d2, n2"))
    assert got["centre"] == pytest.approx([24.813896, 14.457831], abs=5e-7)  # TV-NPS-4, TV-NPS-5
    assert got["error"] == pytest.approx([7.741952, 17.857630], abs=1e-6)


def test_p_values_agree_with_scipy(engine: Warehouse) -> None:
    cases = draw(st.tuples(st.floats(-6, 6, width=32), st.floats(4, 400, width=32)), 80)
    cases = [(float(t), float(df)) for t, df in cases]
    got = evaluate(
        engine,
        {
            "z": "{{ p_of_z('t') }}",
            "t": "{{ p_of_t('t', 'df') }}",
            "q": "{{ t_quantile_real('df') }}",
        },
        values(cases, "t, df"),
    )
    for index, (t, df) in enumerate(cases):
        assert got["z"][index] == pytest.approx(2 * stats.norm.sf(abs(t)), abs=2e-7)
        assert got["t"][index] == pytest.approx(2 * stats.t.sf(abs(t), df), abs=5e-6)
        assert got["q"][index] == pytest.approx(stats.t.ppf(0.975, df), abs=1e-7)


def test_welch_agrees_with_scipy(engine: Warehouse) -> None:
    sample = st.lists(st.integers(0, 10), min_size=6, max_size=40).filter(lambda xs: len(set(xs)) > 1)
    pairs = draw(st.tuples(sample, sample), 40)
    rows = [
        (
            float(np.mean(a)),
            float(np.var(a, ddof=1)),
            len(a),
            float(np.mean(b)),
            float(np.var(b, ddof=1)),
            len(b),
        )
        for a, b in pairs
    ]
    arguments = "'v1', 'n1', 'v2', 'n2'"
    error = f"{{{{ welch_standard_error({arguments}) }}}}"
    degrees = f"{{{{ welch_degrees({arguments}) }}}}"
    got = evaluate(engine, {"error": error, "degrees": degrees}, values(rows, "m1, v1, n1, m2, v2, n2"))
    for index, (a, b) in enumerate(pairs):
        result = stats.ttest_ind(a, b, equal_var=False)
        assert got["degrees"][index] == pytest.approx(result.df, rel=1e-9)
        difference = np.mean(a) - np.mean(b)
        assert difference / got["error"][index] == pytest.approx(result.statistic, abs=1e-9)


def test_mean_interval_uses_students_t(engine: Warehouse) -> None:
    rows = [(3.727272727272727, 1.2720777563426766**2, 11), (5.0, 1.0, 1)]
    got = evaluate(
        engine,
        {"low": "{{ mean_low('m', 'v', 'n') }}", "high": "{{ mean_high('m', 'v', 'n') }}"},
        values(rows, "m, v, n"),
    )
    assert got["low"][0] == pytest.approx(2.8727, abs=5e-5)  # TV-CSAT-1
    assert got["high"][0] == pytest.approx(4.5819, abs=5e-5)
    assert got["low"][1] is None  # one value says nothing of its spread


def test_holm_as_the_warehouse_writes_it(engine: Warehouse) -> None:
    p_values = [0.001, 0.012, 0.030, 0.041, 0.20]
    source = values([(p,) for p in p_values], "p_value")
    rows = engine.select(
        f"""
        with ranked as (
            select case_number, p_value, count(*) over () as tests,
                row_number() over (order by p_value) as p_rank
            from {source}
        )
        select {{{{ holm('p_value', 'tests', 'p_rank', []) }}}} as adjusted from ranked order by case_number
        """
    )
    got = [float(row["adjusted"]) for row in rows]
    assert got == pytest.approx([0.005, 0.048, 0.090, 0.090, 0.200])  # TV-HOLM-1
    assert got == pytest.approx(list(multipletests(p_values, method="holm")[1]))


def test_tv_card_2_a_small_base_is_pulled_harder_than_a_large_one(engine: Warehouse) -> None:
    cases = [(9, 10), (170, 200)]
    got = evaluate(
        engine,
        {name: f"{{{{ shrunk_{name}('x', 'n', 16, 4) }}}}" for name in ("share", "low", "high")},
        values(cases, "x, n"),
    )
    # The raw order, 0.90 before 0.85, reverses.
    assert got["share"] == [pytest.approx(0.833333, abs=1e-6), pytest.approx(0.845455, abs=1e-6)]
    for index, (x, n) in enumerate(cases):
        low, high = proportion_confint(x + 16, n + 20, method="wilson")
        assert got["low"][index] == pytest.approx(low, abs=1e-12)
        assert got["high"][index] == pytest.approx(high, abs=1e-12)
    # Wilson stands in for the beta quantiles: beside them it is within 0.02 at 30 votes, 0.004 at 220.
    for index, (reference_low, reference_high, tolerance) in enumerate(
        [(0.6833593905608624, 0.9415439170273656, 0.02), (0.7949406901668524, 0.8900251149667621, 0.004)]
    ):
        assert got["low"][index] == pytest.approx(reference_low, abs=tolerance)
        assert got["high"][index] == pytest.approx(reference_high, abs=tolerance)


def test_tv_funnel_1_limits_of_a_funnel(engine: Warehouse) -> None:
    names = [(side, coverage) for coverage in ("95", "998") for side in ("low", "high")]
    got = evaluate(
        engine,
        {f"{side}_{cover}": f"{{{{ funnel_{side}('p', 'n', '0', '{cover}') }}}}" for side, cover in names},
        values([(0.8, 50)], "p, n"),
    )
    assert [got[f"{side}_{cover}"][0] for side, cover in names] == [
        pytest.approx(0.689128, abs=1e-6),
        pytest.approx(0.910872, abs=1e-6),
        pytest.approx(0.625192, abs=1e-6),
        pytest.approx(0.974808, abs=1e-6),
    ]


def test_a_rate_made_comparable_is_held_against_limits_that_are_not_cut_off(engine: Warehouse) -> None:
    """40 of 40 where 39.33 were expected is 100.6 % of everyone's 98.95 %: chance reaches 103.9 %."""
    cases = [(1.0063, 0.98953, 40), (1.05, 0.98953, 40), (0.6, 0.8, 50), (0.8, 0.8, 50)]
    side = "{{ funnel_side('rate', 'p', 'n', '0', '998') }}"
    rows = engine.select(f"select {side} as side from {values(cases, 'rate, p, n')} order by case_number")
    assert [row["side"] for row in rows] == ["within", "above", "below", "within"]


@pytest.mark.parametrize(
    ("sample", "median", "p90", "mean", "ranked"),
    [
        # TV-PCT-1 and TV-PCT-2; the ranks are those METRICS gives for SQL, of the median and of the p90.
        (
            [3, 5, 6, 8, 9, 11, 14, 15, 18, 22, 27, 35, 50, 80, 200],
            15.0, 68.0, 33.533333, {0.5: (3, 13), 0.9: (11, 17)},
        ),
        ([*range(1, 61)], 30.5, 54.1, 30.5, {0.5: (22, 39), 0.9: (49, 60)}),
    ],
)  # fmt: skip
def test_tv_pct_percentiles_interpolate_and_their_intervals_are_order_statistics(
    engine: Warehouse,
    sample: list[int],
    median: float,
    p90: float,
    mean: float,
    ranked: dict[float, tuple[int, int]],
) -> None:
    ranks = {
        f"{end}_{round(100 * q)}": f"{{{{ quantile_{end}_rank({q}, 'count(*)') }}}}"
        for q in ranked
        for end in ("low", "high")
    }
    expressions = {
        "middle": "percentile_cont(0.5) within group (order by score)",
        "slow": "percentile_cont(0.9) within group (order by score)",
        "average": "avg(cast(score as double precision))",
        **ranks,
    }
    columns = ", ".join(f"{sql} as {name}" for name, sql in expressions.items())
    row = engine.select(f"select {columns} from {values([(score,) for score in sample], 'score')}")[0]
    assert float(row["middle"]) == median
    assert float(row["slow"]) == pytest.approx(p90, abs=1e-9)
    assert float(row["average"]) == pytest.approx(mean, abs=1e-6)
    assert {
        q: (int(row[f"low_{round(100 * q)}"]), int(row[f"high_{round(100 * q)}"])) for q in ranked
    } == ranked


def test_order_statistics_cover_at_least_what_the_binomial_asks(engine: Warehouse) -> None:
    sizes = [1, 2, 5, 10, 15, 29, 30, 60, 99, 100, 345, 1000]
    for q in (0.5, 0.9):
        got = evaluate(
            engine,
            {
                "low": f"{{{{ quantile_low_rank({q}, 'n') }}}}",
                "high": f"{{{{ quantile_high_rank({q}, 'n') }}}}",
            },
            values([(n,) for n in sizes], "n"),
        )
        for n, low, high in zip(sizes, got["low"], got["high"], strict=True):
            assert low is not None
            assert high is not None
            assert stats.binom.cdf(low - 1, n, q) <= 0.025
            assert stats.binom.cdf(high - 1, n, q) >= 0.975
            # And not by much: a few ranks nearer to the quantile the promise fails.
            assert stats.binom.cdf(low + 2, n, q) > 0.025
            assert stats.binom.cdf(high - 4, n, q) < 0.975
