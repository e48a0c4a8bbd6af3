"""Random histories of subscriptions and orders against a simulation that walks through every day.

One company for each engine, with many customers and a reporting zone of its own: the marts must say what the
simulation counts. Raw instants are in UTC; days are those of the zone.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from math import ceil, floor, sqrt
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pytest
from dbt_runner import Warehouse
from lifelines import KaplanMeierFitter
from lifelines.statistics import logrank_test
from lifelines.utils import restricted_mean_survival_time
from postgres_server import connect
from raw_folder import RawFolder
from scipy.stats import t as student

FIRST = date(2024, 11, 20)
AS_OF = datetime(2026, 3, 17, 10, 30)
# Ahead of UTC and behind it, by parts of an hour, and with a summer that begins at a midnight it leaves out.
ZONES = ["Europe/Vilnius", "America/Santiago", "Asia/Kathmandu", "Pacific/Auckland", "Pacific/Honolulu"]
GRACE, PAUSE_MAX = 7, 90
CUSTOMERS = 500
SEGMENTS = ["small", "large", "public"]
SCENARIOS = {"shorter": 0.75, "usual": 1.0, "longer": 1.25}
HORIZON = 1826
DAY = timedelta(1)


@dataclass
class Subscription:
    """One subscription with its changes as (instant, key, kind, amount), in the order they happened."""

    key: str
    started_at: datetime
    ended_at: datetime | None
    mrr: int
    changes: list[tuple[datetime, str, str, int]]


@dataclass
class Customer:
    """One customer: subscriptions, segments as (first day, value), orders as (day, status)."""

    subscriptions: list[Subscription]
    segments: list[tuple[date, str]]
    orders: list[tuple[date, str]] = field(default_factory=list)

    def segment(self, day: date) -> str:
        """The value in force on a day, before the first known one the first."""
        return self.segments[max(bisect_right([start for start, _ in self.segments], day) - 1, 0)][1]


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


def random_subscriptions(random: Random, number: int) -> list[Subscription]:
    """Up to three subscriptions, some of which follow each other closely."""
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
    return subscriptions


def random_customer(random: Random, number: int) -> Customer:
    """A customer whose segment may change, also on a day that is still to come."""
    segments = {FIRST + random.randrange(60) * DAY: random.choice(SEGMENTS)}
    for _ in range(random.choice([0, 0, 1, 2])):
        segments[FIRST + random.randrange(520) * DAY] = random.choice(SEGMENTS)
    orders, day = [], FIRST + random.randrange(300) * DAY
    for _ in range(random.choice([0, 0, 1, 3, 8])):
        orders.append((day, random.choice(["paid", "paid", "placed", "returned", "cancelled"])))
        day += random.choice([0, 5, 10, 20, 20, 30, 30, 45, 60, 120]) * DAY
    return Customer(random_subscriptions(random, number), sorted(segments.items()), orders)


def random_company(random: Random) -> dict[str, Customer]:
    """Many customers."""
    return {f"C{number}": random_customer(random, number) for number in range(CUSTOMERS)}


def raw_rows(company: Mapping[str, Customer], zone: str) -> RawFolder:
    """The company as its systems deliver it; orders are dated by the clocks of the zone."""
    raw = RawFolder()
    for key, customer in company.items():
        raw.add("crm", "customers", customer_id=key)
        for day, segment in customer.segments:
            raw.add(
                "crm", "customer_history", customer_id=key, attribute="segment", value=segment, valid_from=day
            )
        for number, (day, status) in enumerate(customer.orders):
            raw.add(
                "crm", "orders", order_id=f"{key}-{number}", customer_id=key, status=status, amount=10,
                ordered_at=utc(datetime.combine(day, time(number % 24, 59)), zone),
            )  # fmt: skip
        for subscription in customer.subscriptions:
            raw.add(
                "crm", "subscriptions", subscription_id=subscription.key, customer_id=key,
                started_at=subscription.started_at, ended_at=subscription.ended_at, mrr=subscription.mrr,
            )  # fmt: skip
            for at, change, kind, amount in subscription.changes:
                raw.add(
                    "crm", "subscription_changes", change_id=change, effective_at=at, kind=kind, mrr=amount,
                    subscription_id=subscription.key,
                )  # fmt: skip
    return raw


def utc(wall: datetime, zone: str) -> datetime:
    """The instant of UTC at which the clocks of a zone show this."""
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def local(instant: datetime, zone: str) -> datetime:
    """What the clocks of a zone show at an instant of UTC."""
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def local_subscription(subscription: Subscription, zone: str) -> Subscription:
    return Subscription(
        subscription.key, local(subscription.started_at, zone),
        subscription.ended_at and local(subscription.ended_at, zone), subscription.mrr,
        [(local(at, zone), *rest) for at, *rest in sorted(subscription.changes)],  # type: ignore[misc]
    )  # fmt: skip


def local_customer(customer: Customer, zone: str) -> Customer:
    """The customer by the clocks of a zone; what is dated by days stays as it is."""
    subscriptions = [local_subscription(subscription, zone) for subscription in customer.subscriptions]
    return Customer(subscriptions, customer.segments, customer.orders)


def days_of_subscription(subscription: Subscription, today: date) -> dict[date, State]:
    """Every day on which a subscription is paid or paused, one after the other."""
    found = {}
    last = subscription.ended_at.date() if subscription.ended_at else date.max
    day, paused_since = subscription.started_at.date(), None
    while day < last and day <= today:
        mrr, is_paused = subscription.mrr, False
        for at, _, kind, amount in subscription.changes:
            if at.date() <= day:
                # A price of 0 within a pause leaves it a pause.
                is_paused = kind == "pause" or (is_paused and kind != "resume" and amount == 0)
                mrr = amount
        if is_paused:
            paused_since = paused_since or day
            if (day - paused_since).days < PAUSE_MAX:
                found[day] = State(0, True)
        else:
            paused_since = None
            if mrr > 0:
                found[day] = State(mrr, False)
        day += DAY
    return found


def days_of_customer(subscriptions: list[Subscription], today: date) -> dict[date, State]:
    """Every covered day of a customer, gaps within the grace filled with what went before."""
    each = [days_of_subscription(subscription, today) for subscription in subscriptions]
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


def spells_of(days: Mapping[date, State], today: date) -> list[tuple[date, date | None]]:
    """Runs of covered days as (first day, first uncovered day); open where the last is the day of as_of."""
    spells: list[tuple[date, date | None]] = []
    for day in sorted(days):
        if day - DAY not in days:
            spells.append((day, None))
        if day + DAY not in days and day < today:
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


def purchase_spells(days: list[date], threshold: float, today: date) -> list[tuple[date, date | None]]:
    """Spells of buying as (first day, day gone); open where the customer still buys."""
    spells: list[tuple[date, date | None]] = []
    start = days[0]
    for day, after in zip(days, [*days[1:], None], strict=True):
        if ((after or today) - day).days > threshold:
            spells.append((start, day + ceil(threshold) * DAY))
            start = after or date.max
        elif after is None:
            spells.append((start, None))
    return spells


def ratio_interval(pairs: list[tuple[int, int]]) -> tuple[float, float]:
    """T7, the standard error and the upper end of the interval of sum(y) by sum(x)."""
    x, y = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    n, ratio = len(x), y.sum() / x.sum()
    error = sqrt(n / (n - 1) * ((y - ratio * x) ** 2).sum()) / x.sum()
    return error, ratio + student.ppf(0.975, n - 1) * error


class Simulation:
    """What every mart should hold, by counting days."""

    def __init__(self, company: Mapping[str, Customer], zone: str) -> None:
        """Walk every customer through every day of the zone."""
        self.company = {key: local_customer(customer, zone) for key, customer in company.items()}
        self.now = local(AS_OF, zone)
        self.today = self.now.date()
        self.days = {
            key: days_of_customer(customer.subscriptions, self.today)
            for key, customer in self.company.items()
        }
        self.spells = {key: spells_of(days, self.today) for key, days in self.days.items()}
        self.first = min(
            [s.started_at.date() for customer in self.company.values() for s in customer.subscriptions]
            + [day for customer in self.company.values() for day, _ in customer.orders]
        )

    def states(self) -> set[tuple[Any, ...]]:
        """Customer, day, MRR, whether paused, segment on the day: the covered days that have passed."""
        return {
            (key, day, state.mrr, state.is_paused, self.company[key].segment(day))
            for key, days in self.days.items()
            for day, state in days.items()
            if day < self.today
        }

    def intervals(self) -> set[tuple[Any, ...]]:
        """Customer, spell number, first day, first uncovered day."""
        return {
            (customer, number, start, end)
            for customer, spells in self.spells.items()
            for number, (start, end) in enumerate(spells, start=1)
        }

    def events(self) -> set[tuple[Any, ...]]:
        """Customer, churn date, amount lost, tenure, segment the day before, whether provisional."""
        return {
            (
                customer, end, self.days[customer][end - DAY].mrr, (end - start).days,
                self.company[customer].segment(end - DAY),
                datetime.combine(end + GRACE * DAY, time()) > self.now,
            )
            for customer, spells in self.spells.items() for start, end in spells if end
        }  # fmt: skip

    def periods(self, months: int) -> list[tuple[date, date]]:
        """Periods of so many months with the day they are closed on."""
        first = plus_months(self.first.replace(day=1), -1) if months == 1 else date(2024, 1, 1)
        periods = []
        while first <= self.today:
            after = plus_months(first, months)
            periods.append((first, min(after, self.today)))
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

    def churn(self, months: int, segment: str | None = None) -> dict[date, tuple[float, ...]]:
        """Opening customers, churned, provisional, paused, events and those begun in the period."""
        found = {}
        for start, closing_day in self.periods(months):
            after = plus_months(start, months)
            counts = Counter[str]()
            for key, days in self.days.items():
                customer = self.company[key]
                ended = [(first, end) for first, end in self.spells[key] if end]
                if start in days and days[start].mrr and segment in (None, customer.segment(start)):
                    counts["opening"] += 1
                    if closing_day not in days:
                        counts["churned"] += 1
                        last = max(end for _, end in ended if end <= closing_day)
                        counts["provisional"] += datetime.combine(last + GRACE * DAY, time()) > self.now
                    elif not days[closing_day].mrr:
                        counts["paused"] += 1
                for first, end in ended:
                    if start <= end < after and segment in (None, customer.segment(end - DAY)):
                        counts["events"] += 1
                        counts["begun"] += first >= start
            names = ("opening", "churned", "provisional", "paused", "events", "begun")
            found[start] = tuple(counts[name] for name in names)
        return {start: values for start, values in found.items() if any(values)}

    def customer_months_at_risk(self) -> dict[date, float]:
        """Covered days by the length of their month."""
        found: dict[date, float] = defaultdict(float)
        for days in self.days.values():
            for day in days:
                if day < self.today:
                    month = day.replace(day=1)
                    found[month] += 1 / (first_of_next(month) - month).days
        return found

    def yearly(self) -> dict[date, list[tuple[int, int, int]]]:
        """By month, of every customer paying a year before its closing: then, now, and the lesser of them."""
        found = {}
        for month, closing_day in self.periods(1):
            before = plus_months(closing_day, -12)
            pairs = [
                (days[before].mrr, days[closing_day].mrr if closing_day in days else 0)
                for days in self.days.values()
                if before in days and days[before].mrr
            ]
            if pairs:
                found[month] = [(x, y, min(x, y)) for x, y in pairs]
        return found

    def cohorts(self) -> dict[tuple[date, int], tuple[int, int, int, int, int]]:
        """Size, retained, MRR at the start, at the anniversary and capped; mature cells only."""
        members = defaultdict(list)
        for customer, spells in self.spells.items():
            if spells:
                members[spells[0][0].replace(day=1)].append((customer, spells[0][0]))
        found = {}
        for month, rows in members.items():
            since = 0
            while all(plus_months(start, since) <= self.today for _, start in rows):
                pairs = []
                for customer, start in rows:
                    state = self.days[customer].get(plus_months(start, since))
                    pairs.append((self.days[customer][start].mrr, state.mrr if state else 0))
                found[month, since] = (
                    len(rows), sum(y > 0 for _, y in pairs), sum(x for x, _ in pairs),
                    sum(y for _, y in pairs), sum(min(pair) for pair in pairs),
                )  # fmt: skip
                since += 1
        return found

    def lives(self, observed_from: date | None) -> list[tuple[int, int, bool, str, date]]:
        """Entry, exit, event, segment and start of first relationships."""
        found = []
        for customer, spells in self.spells.items():
            if spells:
                start, end = spells[0]
                entry = max(0, (observed_from - start).days) if observed_from else 0
                exit_ = ((end or self.today) - start).days
                if exit_ > entry:
                    segment = self.company[customer].segment(start)
                    found.append((entry, exit_, end is not None, segment, start))
        return found

    def purchases(self) -> dict[str, list[date]]:
        """Local days with a purchase."""
        found = {
            key: sorted(
                {day for day, status in c.orders if status in ("paid", "placed") and day <= self.today}
            )
            for key, c in self.company.items()
        }
        return {key: days for key, days in found.items() if days}

    def gaps(self) -> list[int]:
        """Days between purchases."""
        return [(after - day).days for days in self.purchases().values() for day, after in pairwise(days)]

    def inactivity(self, threshold: float, months: int) -> dict[date, tuple[int, int, int]]:
        """By period: buyers active at its start, those of them gone at its end, and lapses in it."""
        spells = {key: purchase_spells(days, threshold, self.today) for key, days in self.purchases().items()}

        def active(key: str, day: date) -> bool:
            return any(start <= day and (end is None or day < end) for start, end in spells[key])

        found = {}
        for start, closing_day in self.periods(months):
            opening = [key for key in spells if active(key, start)]
            lapses = [
                end for rows in spells.values() for _, end in rows
                if end and start <= end < plus_months(start, months)
            ]  # fmt: skip
            found[start] = (len(opening), sum(not active(key, closing_day) for key in opening), len(lapses))
        return {start: values for start, values in found.items() if any(values)}


@dataclass(frozen=True)
class Case:
    """A company built on one engine, beside what the simulation says of it."""

    cursor: Any
    simulation: Simulation
    observed_from: date | None

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query that both engines understand."""
        self.cursor.execute(sql)
        return [tuple(row) for row in self.cursor.fetchall()]


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp(f"churn_{request.param}")
    # The engines have a company each: observed from the middle on the one, all along on the other.
    is_duckdb = request.param == "duckdb"
    observed_from = date(2025, 6, 1) if is_duckdb else None
    random = Random(1 if is_duckdb else 2)
    company, zone = random_company(random), random.choice(ZONES)
    raw = raw_rows(company, zone)
    variables = {
        "as_of": AS_OF.isoformat(), "reporting_time_zone": zone, "min_base_publish": 1, "min_base_money": 1,
        "observation_start": observed_from and observed_from.isoformat(),
    }  # fmt: skip
    build = ("build", "--exclude-resource-type", "unit_test")
    if is_duckdb:
        warehouse = Warehouse(folder, {})
        path = raw.write(folder / "raw")
        warehouse.dbt(*build, variables={"raw": "files", "raw_path": str(path), **variables})
        with duckdb.connect(str(warehouse.build_file), read_only=True) as connection:
            yield Case(connection.cursor(), Simulation(company, zone), observed_from)
        return
    settings = request.getfixturevalue("postgres_environment")
    with connect(settings) as server:
        schemas = raw.load(server.cursor())
    Warehouse(folder, settings).dbt(*build, variables={"raw": "schema", **variables})
    with connect(settings) as server:
        yield Case(server.cursor(), Simulation(company, zone), observed_from)
        for schema in schemas:
            server.cursor().execute(f"drop schema {schema} cascade")


def test_the_histories_have_every_movement(case: Case) -> None:
    kinds = Counter(row[4] for row in case.simulation.customer_months())
    assert min(kinds.values()) > 5, f"the histories are too tame: {kinds}"
    assert len(kinds) == 8


def test_paying_intervals(case: Case) -> None:
    found = case.rows(
        "select customer_id, spell_number, started_date, ended_date from marts.fct_paying_intervals"
    )
    assert len(found) == len(set(found))
    assert set(found) == case.simulation.intervals()


def test_customer_states(case: Case) -> None:
    today = case.simulation.today
    found = [
        (customer, start + number * DAY, mrr, is_paused, segment)
        for customer, start, end, mrr, is_paused, segment in case.rows(
            "select customer_id, started_date, ended_date, cast(mrr as int), is_paused, segment "
            "from marts.fct_customer_states"
        )
        for number in range(((end or today) - start).days)
    ]
    assert len(found) == len(set(found))
    assert set(found) == case.simulation.states()


def test_customer_months(case: Case) -> None:
    found = case.rows(
        "select customer_id, month, cast(opening_mrr as int), cast(closing_mrr as int), movement "
        "from marts.fct_customer_months"
    )
    assert len(found) == len(set(found))
    assert set(found) == case.simulation.customer_months()


def test_churn_events(case: Case) -> None:
    found = case.rows(
        "select customer_id, churn_date, cast(mrr_lost as int), tenure_days, segment, is_provisional "
        "from marts.fct_churn_events"
    )
    assert len(found) == len(set(found))
    assert set(found) == case.simulation.events()


@pytest.mark.parametrize(("grain", "months"), [("month", 1), ("quarter", 3), ("year", 12)])
@pytest.mark.parametrize("segment", [None, *SEGMENTS])
def test_churn_of_periods(case: Case, grain: str, months: int, segment: str | None) -> None:
    cell = f"dimension = 'segment' and dimension_value = '{segment}'" if segment else "dimension = 'total'"
    found = {
        start: tuple(values)
        for start, *values in case.rows(
            "select period_start, opening_customers, churned_customers, provisional_customers, "
            "paused_customers, churn_events, intra_period_churn "
            f"from marts.kpi_churn where {cell} and period_grain = '{grain}'"
        )
        if any(values)
    }
    assert found == case.simulation.churn(months, segment)


def test_customer_months_at_risk(case: Case) -> None:
    found = dict(
        case.rows(
            "select period_start, customer_months from marts.kpi_churn "
            "where dimension = 'total' and period_grain = 'month' and customer_months > 0"
        )
    )
    assert found == pytest.approx(case.simulation.customer_months_at_risk())


def test_bridge(case: Case) -> None:
    bridge: dict[tuple[date, str], int] = defaultdict(int)
    for _, month, opening, closing, name in case.simulation.customer_months():
        bridge[month, name] += abs(closing - opening)
        bridge[month, "opening"] += opening
        bridge[month, "closing"] += closing
    names = [
        "opening", "new", "reactivation", "resume", "expansion", "contraction", "churn", "pause", "closing",
    ]  # fmt: skip
    found = case.rows(
        f"select period_start, {', '.join(f'{name}_mrr' for name in names)} from marts.kpi_mrr_bridge"
    )
    assert {month for month, *_ in found} == {month for month, _ in bridge}
    for month, *amounts in found:
        assert [float(amount) for amount in amounts] == [bridge[month, name] for name in names], month


def test_twelve_month_retention(case: Case) -> None:
    for metric, part in (("nrr_12m", 1), ("grr_12m", 2)):
        found = {
            month: values
            for month, *values in case.rows(
                "select period_start, base, denominator, numerator, standard_error, ci_high "
                f"from marts.kpi_metric_values where metric = '{metric}' and dimension = 'total'"
            )
        }
        expected = case.simulation.yearly()
        assert found.keys() == expected.keys()
        assert len(found) > 3
        for month, rows in expected.items():
            pairs = [(row[0], row[part]) for row in rows]
            if len(pairs) > 1:
                sums = (len(pairs), sum(x for x, _ in pairs), sum(y for _, y in pairs))
                assert found[month] == pytest.approx((*sums, *ratio_interval(pairs)), rel=1e-6), month


def test_cohorts(case: Case) -> None:
    expected = case.simulation.cohorts()
    found = case.rows(
        "select cohort_month, months_since, cohort_size, retained, nrr, grr from marts.kpi_retention_cohorts"
    )
    assert {(month, since) for month, since, *_ in found} == expected.keys()
    for month, since, *values in found:
        size, retained, first, now, capped = expected[month, since]
        assert values == pytest.approx((size, retained, now / first, capped / first)), (month, since)


def fitted(lives: list[tuple[int, int, bool, str, date]]) -> KaplanMeierFitter:
    return KaplanMeierFitter().fit(
        [life[1] for life in lives], [life[2] for life in lives], entry=[life[0] for life in lives]
    )


def median_of(lives: list[tuple[int, int, bool, str, date]]) -> int | None:
    """The first day survival is down to a half; rounding does not keep it above."""
    survival = fitted(lives).survival_function_.iloc[:, 0]
    reached = survival.index[survival <= 0.5 + 1e-9]
    return int(reached[0]) if len(reached) else None


def test_survival(case: Case) -> None:
    lives = case.simulation.lives(case.observed_from)
    fitter = fitted(lives)
    steps = case.rows(
        "select tenure_days, at_risk, churned, survival from marts.kpi_survival where dimension = 'total'"
    )
    assert len(steps) > 50
    for tenure, at_risk, churned, survival in steps:
        assert at_risk == sum(entry < tenure <= exit_ for entry, exit_, *_ in lives)
        assert churned == sum(exit_ == tenure and event for _, exit_, event, *_ in lives)
        assert survival == pytest.approx(fitter.survival_function_at_times(tenure).iloc[0], rel=1e-9)


@pytest.mark.parametrize("segment", [None, *SEGMENTS])
def test_lifetimes(case: Case, segment: str | None) -> None:
    cell = f"dimension = 'segment' and dimension_value = '{segment}'" if segment else "dimension = 'total'"
    lives = [life for life in case.simulation.lives(case.observed_from) if segment in (None, life[3])]
    fitter = fitted(lives)
    (found,) = case.rows(
        "select base, churned, horizon_days, median_days, restricted_mean_days, early_life_churn, followed, "
        f"left_early from marts.kpi_lifetimes where period_grain = 'all' and {cell}"
    )
    longest = max(life[1] for life in lives)
    early = [life for life in lives if life[4] + 90 * DAY <= case.simulation.today]
    assert found == pytest.approx(
        (
            len(lives), sum(life[2] for life in lives), min(longest, HORIZON), median_of(lives),
            restricted_mean_survival_time(fitter, t=longest),
            1 - fitter.survival_function_at_times(90).iloc[0],
            len(early), sum(life[2] and life[1] <= 90 for life in early),
        )
    )  # fmt: skip


def test_lifetimes_of_start_cohorts(case: Case) -> None:
    cohorts = defaultdict(list)
    for life in case.simulation.lives(case.observed_from):
        cohorts[life[4].replace(day=1)].append(life)
    found = {
        month: (base, median)
        for month, base, median in case.rows(
            "select period_start, base, median_days from marts.kpi_lifetimes "
            "where period_grain = 'month' and dimension = 'total'"
        )
    }
    if case.observed_from is not None:  # the fitter refuses a cohort of which nobody is at risk for a while
        assert {month: base for month, (base, _) in found.items()} == {
            month: len(lives) for month, lives in cohorts.items()
        }
        return
    assert found == {month: (len(lives), median_of(lives)) for month, lives in cohorts.items()}


@pytest.mark.parametrize("segment", SEGMENTS)
def test_log_rank(case: Case, segment: str) -> None:
    lives = case.simulation.lives(case.observed_from)
    ours, others = ([life for life in lives if (life[3] == segment) is mine] for mine in (True, False))
    observed = expected = variance = 0.0
    for day in sorted({life[1] for life in lives if life[2]}):
        n1, n2 = (sum(life[0] < day <= life[1] for life in group) for group in (ours, others))
        d1, d2 = (sum(life[1] == day and life[2] for life in group) for group in (ours, others))
        observed += d1
        n, d = n1 + n2, d1 + d2
        expected += d * n1 / n
        variance += d * n1 / n * (1 - n1 / n) * (n - d) / (n - 1) if n > 1 else 0
    (found,) = case.rows(
        "select log_rank_observed, log_rank_expected, log_rank_variance, log_rank_chi_square, "
        "log_rank_p_value "
        f"from marts.kpi_lifetimes where period_grain = 'all' and dimension_value = '{segment}'"
    )
    assert found[:4] == pytest.approx((observed, expected, variance, (observed - expected) ** 2 / variance))
    if case.observed_from is None:
        whole = logrank_test(
            [life[1] for life in ours], [life[1] for life in others],
            [life[2] for life in ours], [life[2] for life in others],
        )  # fmt: skip
        assert found[3:] == pytest.approx((whole.test_statistic, whole.p_value), abs=1e-6)


def test_hazards_of_months_of_tenure(case: Case) -> None:
    lives = case.simulation.lives(case.observed_from)
    fitter = fitted(lives)
    found = case.rows(
        "select tenure_month, at_risk, churned, hazard from marts.kpi_tenure_hazards "
        "where dimension = 'total'"
    )
    assert len(found) >= 12
    for month, at_risk, churned, hazard in found:
        first, last = int(month * 30.4375), int((month + 1) * 30.4375)
        assert at_risk == sum(entry <= first < exit_ for entry, exit_, *_ in lives), month
        assert churned == sum(first < exit_ <= last and event for _, exit_, event, *_ in lives), month
        before, after = fitter.survival_function_at_times([first, last])
        assert hazard == pytest.approx(1 - after / before, abs=1e-9), month


def test_buyers_without_a_contract(case: Case) -> None:
    gaps = case.simulation.gaps()
    usual = max(30.0, float(np.percentile(gaps, 90)))
    for scenario, factor in SCENARIOS.items():
        for grain, months in (("month", 1), ("quarter", 3), ("year", 12)):
            found = {
                start: tuple(values)
                for start, *values in case.rows(
                    "select period_start, active_customers, inactive_customers, lapses "
                    f"from marts.kpi_inactivity where scenario = '{scenario}' and period_grain = '{grain}' "
                    "and dimension = 'total'"
                )
                if any(values)
            }
            assert found == case.simulation.inactivity(factor * usual, months), (scenario, grain)
    lapses = set(case.rows("select customer_id, churn_date from marts.fct_order_lapses"))
    assert lapses == {
        (key, end)
        for key, days in case.simulation.purchases().items()
        for _, end in purchase_spells(days, usual, case.simulation.today)
        if end
    }
    spread = 1.959964 * sqrt(len(gaps) * 0.9 * 0.1)
    low, high = floor(len(gaps) * 0.9 - spread), ceil(1 + len(gaps) * 0.9 + spread)
    (counted,) = set(
        case.rows(
            "select gaps, threshold_days, gap_p90_ci_low, gap_p90_ci_high from marts.kpi_inactivity "
            "where scenario = 'usual'"
        )
    )
    ranked = sorted(gaps)
    assert counted == pytest.approx((len(gaps), usual, ranked[low - 1], ranked[high - 1]))
