"""What customers pay, how that changes, why they leave, and what they buy besides."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cx_warehouse.demo.company import MANAGER_OF_OFFICE, PLANS, PRICE_RISES, SEGMENT_PLANS
from cx_warehouse.demo.customers import Customer
from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.phrases import leaving_words
from cx_warehouse.demo.tables import Row, Tables
from cx_warehouse.demo.timeline import (
    END,
    END_AT,
    FIRST_DAY,
    climate,
    day_within,
    later,
    midnight,
    months,
    next_month,
    office_time,
)

# Chance a month that a contented-as-average customer leaves, and what moves it.
LEAVING = {"Small business": 0.028, "Mid-market": 0.016, "Enterprise": 0.008}
LEAVING_BY_CHANNEL = {
    "organic": 0.9,
    "referral": 0.7,
    "paid search": 1.5,
    "partner": 0.8,
    "events": 1.0,
    "outbound": 1.1,
}
# The chances a month of everything else that can happen to a subscription.
TURNS = {
    "upgrade": 0.012,
    "downgrade": 0.006,
    "quantity": 0.015,
    "pause": 0.006,
    "switch": 0.004,
    "addon": 0.008,
}

# Why customers leave: weights of METRICS §3.9, and what bad months and a price rise add.
REASONS = {
    "too_expensive": 14, "price_increase": 3, "no_budget": 7, "slow_response": 6,
    "unresolved_issue": 6, "staff_behaviour": 2, "missing_feature": 12, "quality_defect": 6,
    "usability": 6, "delivery_process": 3, "competitor_offer": 11, "trust_privacy": 2, "moved": 2,
    "no_need": 7, "business_closed": 5,
}  # fmt: skip
BAD_SERVICE = {"slow_response": 26, "unresolved_issue": 14, "staff_behaviour": 3}
PRICE_RISE = {"price_increase": 16, "too_expensive": 5}
BY_SEGMENT = {
    "Small business": {"too_expensive": 8, "business_closed": 4, "no_need": 4},
    "Mid-market": {"usability": 4},
    "Enterprise": {"missing_feature": 12, "trust_privacy": 4, "competitor_offer": 8},
}
COMPETITORS = ("Cloudnest", "Papertrail One", "Officium", "an in-house tool")

ADDONS = {
    "Training day": (450, 0.55),
    "Data migration": (900, 0.4),
    "Custom report": (280, 0.6),
    "Card reader": (120, 0.25),
}


@dataclass
class Subscription:
    """A subscription; `level` is what it pays a month after the changes so far."""

    subscription_id: str
    customer: Customer
    product: str
    plan: str
    started_at: datetime
    mrr: int
    level: int
    ended: date | None = None
    status: str = "active"
    changes: list[tuple[date, str, int]] = field(default_factory=list)

    def change(self, day: date, kind: str, level: int) -> None:
        """Record a new monthly value."""
        self.changes.append((day, kind, level))
        self.level = level


@dataclass(frozen=True)
class Departure:
    """A customer leaving: the last paid day is the one before `day`."""

    customer: Customer
    subscription: Subscription
    day: date
    requested_at: datetime
    reason: str


@dataclass
class Relationship:
    """Everything one customer pays for, over its whole life."""

    customer: Customer
    subscriptions: list[Subscription] = field(default_factory=list)
    paying: list[tuple[date, date]] = field(default_factory=list)
    departures: list[Departure] = field(default_factory=list)

    def pays_on(self, day: date) -> bool:
        """Tell whether the customer is served on the day (and neither gone nor paused)."""
        return any(start <= day < end for start, end in self.paying)

    def leaves_within(self, day: date, days: int) -> bool:
        """Tell whether the customer leaves in so many days from the day on."""
        return any(day <= leave.day < day + timedelta(days=days) for leave in self.departures)


def live_relationships(seed: int, customers: list[Customer]) -> list[Relationship]:
    """Live the paying life of every customer."""
    dice = Dice(seed, "revenue")
    return [_live(dice, customer) for customer in customers]


def _live(dice: Dice, customer: Customer) -> Relationship:
    life = Relationship(customer)
    start = _begin(dice, life)
    while start is not None and _serve(dice, life, start) and dice.chance(0.16):
        start = life.departures[-1].day + timedelta(days=dice.whole(15, 150))
        if start >= END:
            break
        _subscribe(dice, life, office_time(dice, start))
    return life


def _begin(dice: Dice, life: Relationship) -> date | None:
    """Open the first subscription; give the first served day, None where a trial leads nowhere."""
    first = _subscribe(dice, life, life.customer.acquired_at)
    won = first.started_at.date()
    if life.customer.segment == "Enterprise" or dice.chance(0.6):
        return won
    price, first.mrr, first.level = first.level, 0, 0
    trial_ends = won + timedelta(days=14)
    if trial_ends >= END:
        first.status = "trialing"
        return None
    if dice.chance(0.08):
        first.ended, first.status = trial_ends, "expired"
        return None
    first.change(trial_ends, "upgrade", price)
    return trial_ends


def _subscribe(dice: Dice, life: Relationship, start: datetime) -> Subscription:
    """Open a subscription of the main product at the price list of the day."""
    customer = life.customer
    plan = dice.weighted(SEGMENT_PLANS[customer.segment])
    price = PLANS[plan]
    for rise, factor in PRICE_RISES.items():
        price = round(price * factor) if rise <= start.date() else price
    price *= dice.whole(1, 4) if customer.segment == "Enterprise" else 1
    return _open(life, "Desk", plan, start, price)


def _open(life: Relationship, product: str, plan: str, start: datetime, price: int) -> Subscription:
    number = len(life.subscriptions) + 1
    subscription = Subscription(
        f"S{life.customer.customer_id[1:]}-{number}",
        life.customer,
        product,
        plan,
        start,
        price,
        price,
    )
    life.subscriptions.append(subscription)
    return subscription


def _serve(dice: Dice, life: Relationship, start: date) -> bool:
    """Serve from `start` until the customer leaves (True) or the story ends (False)."""
    customer, main = life.customer, life.subscriptions[-1]
    addon: Subscription | None = None
    begun = start
    # One month beyond the end: who gave notice in the last weeks is still served.
    for month in months(next_month(start), next_month(END)):
        day = day_within(dice, month)
        if month < begun or day <= main.started_at.date():
            continue
        if month in PRICE_RISES and (month - start).days > 180:
            main.change(month, "price", round(main.level * PRICE_RISES[month]))
        turn = dice.weighted(_turns(customer, month, (month - start).days))
        if turn == "leave":
            if not _leave(dice, life, main, day):
                break
            _close(addon, day)
            life.paying.append((begun, min(day, END)))
            return day < END
        if month >= END:
            break
        if turn == "pause":
            _close(addon, day)
            life.paying.append((begun, day))
            back = _pause(dice, main, day)
            if back is None:
                return False
            begun = back
        elif turn == "switch":
            _close(main, day)
            restart = day + timedelta(days=dice.whole(1, 5))
            if restart >= END:
                break
            main = _subscribe(dice, life, office_time(dice, restart))
        elif turn == "addon" and addon is None:
            price = max(19, round(main.level * 0.3))
            addon = _open(life, "Insights", "Insights", office_time(dice, day), price)
        elif turn == "addon":
            _close(addon, day)
        elif turn == "quantity":
            main.change(day, turn, round(main.level * dice.pick((1.1, 1.2, 1.25, 0.9))))
        elif turn in ("upgrade", "downgrade"):
            _move(main, turn, day)
    life.paying.append((begun, END))
    return False


def _close(subscription: Subscription | None, day: date) -> None:
    if subscription and subscription.ended is None:
        subscription.ended = day
        subscription.status = "cancelled"


def _pause(dice: Dice, main: Subscription, day: date) -> date | None:
    """Pause from the day on; give the day service resumes, None where it never does."""
    shortest, longest = dice.weighted({(20, 85): 70, (91, 97): 10, (100, 160): 20})
    back = day + timedelta(days=dice.whole(shortest, longest))
    level = main.level
    main.change(day, "pause", 0)
    if back >= END:
        main.status = "paused"
        return None
    if shortest == 100 and dice.chance(0.6):
        _close(main, back)
        return None
    main.change(back, "resume", level)
    return back


def _turns(customer: Customer, month: date, age: int) -> dict[str, float]:
    """Weigh what can happen to the customer in a month."""
    if customer.is_test:
        return {"none": 1.0}
    weather = climate(month)
    early = 1.5 if age < 120 else 1.0
    leave = LEAVING[customer.segment] * LEAVING_BY_CHANNEL[customer.channel] * weather.churn * early
    # The less content leave sooner: half as often one spread above the average, twice below it.
    leave *= 2 ** -max(-2.0, min(2.0, customer.mood))
    turns = {"leave": leave} | TURNS
    turns["downgrade"] *= weather.churn
    return turns | {"none": 1 - sum(turns.values())}


def _move(main: Subscription, turn: str, day: date) -> None:
    """Move one plan up or down the price list, where there is one."""
    ladder = list(PLANS)
    step = ladder.index(main.plan) + (1 if turn == "upgrade" else -1)
    if 0 <= step < len(ladder):
        level = round(main.level * PLANS[ladder[step]] / PLANS[main.plan])
        main.plan = ladder[step]
        main.change(day, turn, level)


def _leave(dice: Dice, life: Relationship, main: Subscription, day: date) -> bool:
    """End the service on the day; False where the notice would lie beyond the data."""
    asked = day - timedelta(days=dice.pick((1, 3, 7, 14, 30)))
    asked = max(asked, main.started_at.date() + timedelta(days=1))
    if asked >= END:
        return False
    reason = _reason(dice, life.customer, day)
    main.changes = [change for change in main.changes if change[0] < day]
    main.ended = day
    if day < END:
        main.status = "cancelled"
        if reason == "payment_failure":
            main.status = dice.pick(("past_due", "unpaid"))
    life.departures.append(Departure(life.customer, main, day, office_time(dice, asked), reason))
    return True


def _reason(dice: Dice, customer: Customer, day: date) -> str:
    """Pick why the customer leaves; those who left in early 2026 tell of service and prices."""
    weights = dict(REASONS)
    extras = [BY_SEGMENT[customer.segment]]
    if date(2026, 1, 15) <= day < date(2026, 6, 15):
        extras.append(BAD_SERVICE)
    if date(2026, 2, 1) <= day < date(2026, 6, 1):
        extras.append(PRICE_RISE)
    for extra in extras:
        for reason, weight in extra.items():
            weights[reason] += weight
    known = sum(weights.values())
    return dice.weighted(weights | {"payment_failure": known * 0.12, "fraud_debt": known * 0.02})


def revenue_tables(seed: int, lives: list[Relationship]) -> Tables:
    """Give the tables of subscriptions, their changes, cancellations and orders."""
    dice = Dice(seed, "revenue tables")
    tables: Tables = {
        ("crm", "subscriptions"): [],
        ("crm", "subscription_changes"): [],
        ("crm", "cancellations"): _cancellations(dice, lives),
        ("crm", "orders"): _orders(dice, lives),
    }
    subscriptions = tables["crm", "subscriptions"]
    changes = tables["crm", "subscription_changes"]
    for life in lives:
        for subscription in life.subscriptions:
            touched = max([subscription.started_at, *(midnight(day) for day, _, _ in subscription.changes)])
            subscriptions.append(
                {
                    "subscription_id": subscription.subscription_id,
                    "customer_id": life.customer.customer_id,
                    "product": subscription.product,
                    "plan": subscription.plan,
                    "started_at": subscription.started_at,
                    "ended_at": midnight(subscription.ended) if subscription.ended else None,
                    "mrr": subscription.mrr,
                    "currency": "EUR",
                    "status": subscription.status,
                    "updated_at": min(touched, later(END_AT, hours=-1)),
                }
            )
            for day, kind, level in subscription.changes:
                changes.append(
                    {
                        "change_id": f"X{len(changes) + 1:05d}",
                        "subscription_id": subscription.subscription_id,
                        "effective_at": midnight(day),
                        "kind": kind,
                        "mrr": level,
                    }
                )
    return tables


def _cancellations(dice: Dice, lives: list[Relationship]) -> list[Row]:
    rows = [
        _cancellation(dice, leave)
        for life in lives
        for leave in life.departures
        # Some go without a word: nothing was recorded.
        if dice.chance(0.9)
    ]
    for life in lives:
        if life.pays_on(END - timedelta(days=1)) and not life.departures and dice.chance(0.02):
            rows.append(_withdrawn(dice, life))
    rows.sort(key=lambda row: str(row["requested_at"]))
    for number, row in enumerate(rows, start=1):
        row["cancellation_id"] = f"K{number:04d}"
    return rows


def _cancellation(dice: Dice, leave: Departure) -> Row:
    company = {"payment_failure": "payment_system", "fraud_debt": "company"}
    initiator = company.get(leave.reason, "customer")
    by_customer = initiator == "customer" and dice.chance(0.55)
    coded = dice.chance(0.92 if by_customer else 0.75)
    words = leaving_words(dice, leave.reason, leave.customer.language)
    return {
        "customer_id": leave.customer.customer_id,
        "subscription_id": leave.subscription.subscription_id,
        "requested_at": leave.requested_at,
        "effective_at": midnight(leave.day),
        "initiator": initiator,
        "recorded_by": "customer" if by_customer else "agent",
        "reason": _recorded(dice, leave.reason, by_customer) if coded else None,
        "reason_text": words if by_customer else None,
        "competitor": dice.pick(COMPETITORS) if leave.reason == "competitor_offer" else None,
    }


def _withdrawn(dice: Dice, life: Relationship) -> Row:
    """Record a notice that was withdrawn: a cancellation without an end of service."""
    first = max(life.subscriptions[-1].started_at.date(), FIRST_DAY)
    asked = first + timedelta(days=dice.whole(0, (END - first).days - 1))
    return {
        "customer_id": life.customer.customer_id,
        "requested_at": office_time(dice, asked),
        "initiator": "customer",
        "recorded_by": "agent",
        "reason": "too_expensive",
    }


def _recorded(dice: Dice, reason: str, by_customer: bool) -> str:
    """Record the reason; agents tick the cheapest box now and then, so their word counts less."""
    return reason if by_customer or dice.chance(0.8) or "_" not in reason else "too_expensive"


def _orders(dice: Dice, lives: list[Relationship]) -> list[Row]:
    size = {"Small business": 1, "Mid-market": 2, "Enterprise": 4}
    rows: list[Row] = []
    for month in months(FIRST_DAY, END):
        for life in lives:
            customer, day = life.customer, day_within(dice, month)
            if not dice.chance(0.11) or not life.pays_on(day):
                continue
            item = dice.pick(list(ADDONS))
            price, margin = ADDONS[item]
            amount = price * dice.whole(1, size[customer.segment])
            rows.append(
                {
                    "order_id": "",
                    "customer_id": customer.customer_id,
                    "ordered_at": office_time(dice, day),
                    "status": dice.weighted({"paid": 90, "placed": 3, "cancelled": 4, "returned": 3}),
                    "amount": amount,
                    "margin": amount * margin,
                    "currency": "EUR",
                    "channel": dice.weighted({"web shop": 55, "sales": 35, "partner": 10}),
                    "employee_id": MANAGER_OF_OFFICE[customer.office],
                    "office": customer.office,
                }
            )
    rows.sort(key=lambda row: str(row["ordered_at"]))
    for number, row in enumerate(rows, start=1):
        row["order_id"] = f"O{number:05d}"
    return rows
