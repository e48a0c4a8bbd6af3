"""Random subscription histories against a simulation that walks every customer through every day."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from lifelines import KaplanMeierFitter
from raw_folder import RawFolder

FIRST = date(2024, 11, 20)
AS_OF = datetime(2026, 3, 17, 10)
GRACE, PAUSE_MAX = 7, 90
CUSTOMERS = 400
DAY = timedelta(1)


@dataclass
class Subscription:
    """One subscription with its changes as (instant, key, kind, amount)."""

    key: str
    started_at: datetime
    ended_at: datetime | None
    mrr: int
    changes: list[tuple[datetime, str, str, int]]


@dataclass(frozen=True)
class State:
    """What a customer is on a day."""

    mrr: int
    is_paused: bool


def instant(day: date, random: Random) -> datetime:
    """Some time of a day, midnight as often as not: what a day is worth must not depend on it."""
    return datetime.combine(day, time(random.choice([0, 0, 9, 23]), 0))


def random_subscription(random: Random, key: str, earliest: date) -> Subscription:
    """A history with what hurts: firsts of months, gaps about the grace, pauses about their limit."""
    start = earliest + random.randrange(120) * DAY
    if random.random() < 0.2:
        start = start.replace(day=1)
    length = random.choice([0, 1, 10, 27, 31, 60, 181, 365, None])
    end = None if length is None else start + (length + random.randrange(3)) * DAY
    if end is not None and random.random() < 0.3:
        end = max(end.replace(day=1), start)
    changes = []
    day = start + random.randrange(-3, 60) * DAY
    for number in range(random.choice([0, 0, 1, 2, 4])):
        kind = random.choice(["upgrade", "downgrade", "price", "pause", "pause"])
        amount = 0 if kind == "pause" else random.choice([0, 10, 20, 35])
        changes.append((instant(day, random), f"{key}-{number}", kind, amount))
        if kind == "pause" and random.random() < 0.8:
            day += random.choice([1, 20, 88, 90, 91, 97, 98, 120]) * DAY
            changes.append((instant(day, random), f"{key}-{number}r", "resume", random.choice([10, 15])))
        day += random.choice([0, 1, 15, 40]) * DAY
    return Subscription(
        key, instant(start, random), None if end is None else instant(end, random),
        random.choice([0, 10, 10, 25]), changes,
    )  # fmt: skip


def random_company(random: Random) -> dict[str, list[Subscription]]:
    """Customers with up to three subscriptions, some of which follow each other closely."""
    company = {}
    for number in range(CUSTOMERS):
        subscriptions: list[Subscription] = []
        earliest = FIRST + random.randrange(330) * DAY
        for order in range(random.choice([1, 1, 2, 3])):
            if subscriptions and subscriptions[-1].ended_at and random.random() < 0.6:
                earliest = subscriptions[-1].ended_at.date()
                subscription = random_subscription(random, f"S{number}-{order}", earliest)
                gap = random.choice([0, 3, 6, 7, 8, 9, 30])
                moved = earliest + gap * DAY - subscription.started_at.date()
                subscription.started_at += moved
                subscription.ended_at = subscription.ended_at and subscription.ended_at + moved
                subscription.changes = [(at + moved, *rest) for at, *rest in subscription.changes]  # type: ignore[misc]
            else:
                subscription = random_subscription(random, f"S{number}-{order}", earliest)
            if subscription.ended_at and subscription.ended_at < subscription.started_at:
                subscription.ended_at = subscription.started_at
            subscriptions.append(subscription)
        company[f"C{number}"] = subscriptions
    return company


def raw_rows(company: Mapping[str, list[Subscription]]) -> RawFolder:
    raw = RawFolder()
    for customer, subscriptions in company.items():
        raw.add("crm", "customers", customer_id=customer)
        for subscription in subscriptions:
            raw.add(
                "crm", "subscriptions", subscription_id=subscription.key, customer_id=customer,
                started_at=subscription.started_at, ended_at=subscription.ended_at, mrr=subscription.mrr,
            )  # fmt: skip
            for at, key, kind, amount in subscription.changes:
                raw.add(
                    "crm", "subscription_changes", change_id=key, effective_at=at, kind=kind, mrr=amount,
                    subscription_id=subscription.key,
                )  # fmt: skip
    return raw


def days_of_subscription(subscription: Subscription) -> dict[date, State]:
    """Every day on which a subscription is paid or paused, one after the other."""
    found = {}
    last = subscription.ended_at.date() if subscription.ended_at else date.max
    day, paused_since = subscription.started_at.date(), None
    while day < last and day <= AS_OF.date():
        known = [change for change in subscription.changes if change[0].date() <= day]
        kind, amount = ("start", subscription.mrr) if not known else max(known)[2:]
        if kind == "pause":
            paused_since = paused_since or day
            if (day - paused_since).days < PAUSE_MAX:
                found[day] = State(0, True)
        else:
            paused_since = None
            if amount > 0:
                found[day] = State(amount, False)
        day += DAY
    return found


def days_of_customer(subscriptions: list[Subscription]) -> dict[date, State]:
    """Every covered day of a customer, gaps within the grace filled with what went before."""
    each = [days_of_subscription(subscription) for subscription in subscriptions]
    days = {}
    for day in sorted({day for found in each for day in found}):
        states = [found[day] for found in each if day in found]
        mrr = sum(state.mrr for state in states)
        days[day] = State(mrr, mrr == 0)
    filled: dict[date, State] = {}
    previous: date | None = None
    for day, state in days.items():
        if previous is not None and (day - previous).days - 1 <= GRACE:
            gap = previous + DAY
            while gap < day:
                if previous in filled:
                    filled[gap] = filled[previous]
                gap += DAY
        begins = previous is None or day - DAY not in filled
        if not (begins and state.is_paused):
            filled[day] = state
        previous = day
    return filled


def spells_of(days: Mapping[date, State]) -> list[tuple[date, date | None]]:
    """Runs of covered days as (first day, first uncovered day); open where the last is the day of as_of."""
    spells: list[tuple[date, date | None]] = []
    for day in sorted(days):
        if day - DAY not in days:
            spells.append((day, None))
        if day + DAY not in days and day < AS_OF.date():
            spells[-1] = (spells[-1][0], day + DAY)
    return spells


def first_of_next(month: date) -> date:
    return (month + timedelta(31)).replace(day=1)


def plus_months(day: date, months: int) -> date:
    """The same day months later, the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (first_of_next(date(year, month + 1, 1)) - DAY).day
    return date(year, month + 1, min(day.day, last))


def movement(opening: State | None, closing: State | None, is_first: bool) -> str | None:
    before, after = (state.mrr if state else 0 for state in (opening, closing))
    if before and after:
        return "expansion" if after > before else "contraction" if after < before else "retained"
    if before:
        return "pause" if closing else "churn"
    if after:
        return "resume" if opening else "new" if is_first else "reactivation"
    return None


class Simulation:
    """What every mart should hold, by counting days."""

    def __init__(self, company: Mapping[str, list[Subscription]]) -> None:
        """Walk every customer through every day."""
        self.days = {customer: days_of_customer(rows) for customer, rows in company.items()}
        self.spells = {customer: spells_of(days) for customer, days in self.days.items()}

    def intervals(self) -> set[tuple[Any, ...]]:
        """Customer, spell number, first day, first uncovered day."""
        return {
            (customer, number, start, end)
            for customer, spells in self.spells.items()
            for number, (start, end) in enumerate(spells, start=1)
        }

    def events(self) -> set[tuple[Any, ...]]:
        """Customer, churn date, amount lost, tenure, whether provisional."""
        return {
            (
                customer, end, self.days[customer][end - DAY].mrr, (end - start).days,
                datetime.combine(end + GRACE * DAY, time()) > AS_OF,
            )
            for customer, spells in self.spells.items() for start, end in spells if end
        }  # fmt: skip

    def periods(self, months: int) -> list[tuple[date, date]]:
        """Periods of so many months with the day they are closed on."""
        first = plus_months(FIRST.replace(day=1), -1) if months == 1 else date(2024, 1, 1)
        periods = []
        while first <= AS_OF.date():
            after = plus_months(first, months)
            periods.append((first, min(after, AS_OF.date())))
            first = after
        return periods

    def customer_months(self) -> set[tuple[Any, ...]]:
        """Customer, month, opening, closing, movement."""
        found = set()
        for customer, days in self.days.items():
            paid = [day for day in sorted(days) if days[day].mrr]
            for month, closing_day in self.periods(1):
                opening, closing = days.get(month), days.get(closing_day)
                name = movement(opening, closing, not any(day <= month for day in paid))
                if name:
                    before, after = (state.mrr if state else 0 for state in (opening, closing))
                    found.add((customer, month, before, after, name))
        return found

    def churn(self, months: int) -> dict[date, tuple[int, int, int, int]]:
        """Opening customers, churned, events and those begun in the period, where there is any."""
        found = {}
        for start, closing_day in self.periods(months):
            after = plus_months(start, months)
            opening = churned = 0
            for days in self.days.values():
                if start in days and days[start].mrr:
                    opening += 1
                    churned += closing_day not in days
            ended = [
                spell
                for spells in self.spells.values()
                for spell in spells
                if spell[1] and start <= spell[1] < after
            ]
            found[start] = (opening, churned, len(ended), sum(spell[0] >= start for spell in ended))
        return {start: values for start, values in found.items() if any(values)}

    def cohorts(self) -> dict[tuple[date, int], tuple[int, int]]:
        """Size and retained customers by start month and months since, mature cells only."""
        members = defaultdict(list)
        for customer, spells in self.spells.items():
            if spells:
                members[spells[0][0].replace(day=1)].append((customer, spells[0][0]))
        found = {}
        for month, rows in members.items():
            since = 0
            while all(plus_months(start, since) <= AS_OF.date() for _, start in rows):
                states = [self.days[customer].get(plus_months(start, since)) for customer, start in rows]
                found[month, since] = (len(rows), sum(1 for state in states if state and state.mrr))
                since += 1
        return found

    def lives(self, observed_from: date | None) -> list[tuple[int, int, bool]]:
        """Entry, exit and event of first relationships."""
        found = []
        for spells in self.spells.values():
            if spells:
                start, end = spells[0]
                entry = max(0, (observed_from - start).days) if observed_from else 0
                exit_ = ((end or AS_OF.date()) - start).days
                if exit_ > entry:
                    found.append((entry, exit_, end is not None))
        return found


@pytest.mark.parametrize(("seed", "observed_from"), [(1, None), (2, date(2025, 6, 1))])
def test_the_marts_equal_a_day_by_day_simulation(
    seed: int,
    observed_from: date | None,
    build_warehouse: Callable[[Path, Mapping[str, Any]], Path],
    tmp_path: Path,
) -> None:
    company = random_company(Random(seed))
    path = build_warehouse(
        raw_rows(company).write(tmp_path),
        {
            "as_of": AS_OF.isoformat(), "min_base_publish": 1,
            "observation_start": observed_from and observed_from.isoformat(),
        },
    )  # fmt: skip
    marts = duckdb.connect(str(path), read_only=True)

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return marts.execute(sql).fetchall()

    simulation = Simulation(company)
    kinds = Counter(row[4] for row in simulation.customer_months())
    assert min(kinds.values()) > 5, f"the histories are too tame: {kinds}"
    assert len(kinds) == 8

    assert set(
        rows("select customer_id, spell_number, started_date, ended_date from marts.fct_paying_intervals")
    ) == (simulation.intervals())
    assert (
        set(
            rows(
                "select customer_id, month, cast(opening_mrr as int), cast(closing_mrr as int), movement "
                "from marts.fct_customer_months"
            )
        )
        == simulation.customer_months()
    )
    assert (
        set(
            rows(
                "select customer_id, churn_date, cast(mrr_lost as int), tenure_days, is_provisional "
                "from marts.fct_churn_events"
            )
        )
        == simulation.events()
    )

    for grain, months in (("month", 1), ("quarter", 3), ("year", 12)):
        found = {
            start: tuple(values)
            for start, *values in rows(
                "select period_start, opening_customers, churned_customers, churn_events, intra_period_churn "
                f"from marts.kpi_churn where dimension = 'total' and period_grain = '{grain}'"
            )
            if any(values)
        }
        assert found == simulation.churn(months), grain

    bridge = defaultdict(int)
    for _, month, opening, closing, name in simulation.customer_months():
        bridge[month, name] += abs(closing - opening)
        bridge[month, "opening"] += opening
        bridge[month, "closing"] += closing
    names = [
        "opening",
        "new",
        "reactivation",
        "resume",
        "expansion",
        "contraction",
        "churn",
        "pause",
        "closing",
    ]
    for month, *amounts in rows(
        f"select period_start, {', '.join(f'{name}_mrr' for name in names)} from marts.kpi_mrr_bridge"
    ):
        assert [float(amount) for amount in amounts] == [bridge[month, name] for name in names], month

    assert {
        (month, since): (size, retained)
        for month, since, size, retained in rows(
            "select cohort_month, months_since, cohort_size, retained from marts.kpi_retention_cohorts"
        )
    } == simulation.cohorts()

    lives = simulation.lives(observed_from)
    fitter = KaplanMeierFitter()
    fitter.fit(
        [exit_ for _, exit_, _ in lives],
        [event for _, _, event in lives],
        entry=[entry for entry, _, _ in lives],
    )
    steps = rows(
        "select tenure_days, at_risk, churned, survival from marts.kpi_survival where dimension = 'total'"
    )
    assert len(steps) > 50
    for tenure, at_risk, churned, survival in steps:
        assert at_risk == sum(entry < tenure <= exit_ for entry, exit_, _ in lives)
        assert churned == sum(exit_ == tenure and event for _, exit_, event in lives)
        assert survival == pytest.approx(fitter.survival_function_at_times(tenure).iloc[0], rel=1e-9)
