"""Who the customers are: companies, the people at them, and what changed about them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cx_warehouse.demo.company import COUNTRIES
from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.tables import Tables
from cx_warehouse.demo.timeline import (
    END,
    FOUNDED,
    day_within,
    happened,
    later,
    months,
    office_time,
)

SEGMENTS = {"Small business": 50, "Mid-market": 32, "Enterprise": 18}
CONTACTS = {"Small business": (1, 2), "Mid-market": (2, 3), "Enterprise": (4, 6)}
PERSONAS = {
    "Small business": {"Owner": 70, "Office lead": 30},
    "Mid-market": {"Operations lead": 55, "Finance lead": 45},
    "Enterprise": {"Operations lead": 30, "Finance lead": 30, "IT lead": 40},
}
ROLES = ("owner", "finance", "operations", "it", "office", "analyst")
INDUSTRIES = {
    "Retail": 24,
    "Professional services": 22,
    "Logistics": 18,
    "Hospitality": 14,
    "Construction": 12,
    "Health": 10,
}
CHANNELS = {  # channel: (share, cost of winning a small business from … to …, EUR)
    "organic": (24, 20, 80),
    "referral": (18, 60, 180),
    "paid search": (24, 180, 520),
    "partner": (16, 250, 700),
    "events": (10, 400, 1200),
    "outbound": (8, 500, 1500),
}
COST_FACTOR = {"Small business": 1.0, "Mid-market": 2.2, "Enterprise": 5.0}
# How many customers each year won, against 2025: a fast start, then steady.
ACQUISITION = {2023: 1.5, 2024: 1.2, 2025: 1.0, 2026: 0.85}

FIRST_WORDS = (
    "Amber", "Birch", "Cedar", "Copper", "Crystal", "Delta", "Ember", "Fern", "Garnet", "Harbour",
    "Hazel", "Indigo", "Juniper", "Larch", "Linden", "Maple", "Meadow", "Misty", "Opal", "Pebble",
    "Quartz", "River", "Rowan", "Saffron", "Silver", "Slate", "Sunny", "Velvet", "Willow", "Winter",
)  # fmt: skip
SECOND_WORDS = (
    "Anchor", "Arch", "Bay", "Bridge", "Brook", "Corner", "Crane", "Field", "Gate", "Grove", "Hill",
    "Lantern", "Mill", "Orchard", "Path", "Pier", "Quay", "Ridge", "Sail", "Stone", "Terrace",
    "Tower", "Trail", "Vale", "Wharf", "Wheel", "Works", "Yard",
)  # fmt: skip
LEGAL_FORMS = {
    "Lithuania": "UAB",
    "Latvia": "SIA",
    "Estonia": "OÜ",
    "Ireland": "Ltd",
    "Canada": "Inc.",
}


@dataclass(frozen=True)
class Contact:
    """A person at a customer, with the day they became known."""

    contact_id: str
    email: str
    role: str
    known_from: date
    is_employee: bool = False


@dataclass(frozen=True)
class Customer:
    """A customer; `mood` is how content it is by nature, in spreads from the average."""

    customer_id: str
    name: str
    segment: str
    persona: str
    industry: str
    country: str
    region: str
    city: str
    office: str
    language: str
    channel: str
    acquisition_cost: float
    acquired_at: datetime
    mood: float
    is_test: bool = False
    contacts: list[Contact] = field(default_factory=list)


def invent_customers(seed: int, count: int) -> list[Customer]:
    """Invent `count` customers in the order they were won, and two accounts for testing."""
    dice = Dice(seed, "customers")
    won = {month: ACQUISITION[month.year] for month in months(FOUNDED, END)}
    moments = sorted(office_time(dice, day_within(dice, dice.weighted(won))) for _ in range(count))
    customers = [_customer(dice, number, moment) for number, moment in enumerate(moments, start=1)]
    for number in (1, 2):
        moment = office_time(dice, date(2024, 11, 4))
        customers.append(_customer(dice, count + number, moment, is_test=True))
    return customers


def _customer(dice: Dice, number: int, moment: datetime, is_test: bool = False) -> Customer:
    segment = dice.weighted(SEGMENTS)
    country = dice.weighted({name: share for name, (_, share, _, _) in COUNTRIES.items()})
    office, _, regions, languages = COUNTRIES[country]
    region = dice.pick(list(regions))
    channel = dice.weighted({name: share for name, (share, _, _) in CHANNELS.items()})
    _, cheapest, dearest = CHANNELS[channel]
    # 30 and 28 words step through 420 pairs; after that the names get a numeral.
    words = f"{FIRST_WORDS[number % 30]} {SECOND_WORDS[number % 28]}"
    series = f" {number // 420 + 1}" if number >= 420 else ""
    customer = Customer(
        customer_id=f"C{number:04d}",
        name="Test account" if is_test else f"{words}{series} {LEGAL_FORMS[country]}",
        segment=segment,
        persona=dice.weighted(PERSONAS[segment]),
        industry=dice.weighted(INDUSTRIES),
        country=country,
        region=region,
        city=regions[region],
        office=office,
        language=dice.weighted(languages),
        channel=channel,
        acquisition_cost=dice.between(cheapest, dearest) * COST_FACTOR[segment],
        acquired_at=moment,
        mood=dice.normal(),
        is_test=is_test,
    )
    domain = (words + series).replace(" ", "").lower()
    for place in range(1, dice.whole(*CONTACTS[segment]) + 1):
        role = dice.pick(ROLES)
        delay = 0 if place == 1 else dice.whole(0, 120)
        customer.contacts.append(
            Contact(
                contact_id=f"P{number:04d}{place}",
                email=f"{role}.{place}@{domain}.example",
                role=role,
                known_from=moment.date() + timedelta(days=delay),
                # A partner's staff sometimes sit in our own accounts.
                is_employee=place > 1 and dice.chance(0.01),
            )
        )
    return customer


def customer_tables(seed: int, customers: list[Customer]) -> Tables:
    """Give the tables of customers, their contacts and the attributes that changed."""
    dice = Dice(seed, "customer history")
    return {
        ("crm", "customers"): [
            {
                "customer_id": customer.customer_id,
                "name": customer.name,
                "segment": customer.segment,
                "persona": customer.persona,
                "industry": customer.industry,
                "country": customer.country,
                "region": customer.region,
                "city": customer.city,
                "language": customer.language,
                "acquisition_channel": customer.channel,
                "acquisition_cost": customer.acquisition_cost,
                "acquired_at": customer.acquired_at,
                "is_test": customer.is_test,
                "updated_at": later(customer.acquired_at, days=1),
            }
            for customer in customers
        ],
        ("crm", "customer_history"): [
            row
            for customer in customers
            if customer.acquired_at.date() < END - timedelta(days=200) and dice.chance(0.16)
            for row in _history(dice, customer)
        ],
        ("crm", "contacts"): [
            {
                "contact_id": contact.contact_id,
                "customer_id": customer.customer_id,
                "email": contact.email,
                "role": contact.role,
                "is_employee": contact.is_employee,
                "updated_at": happened(office_time(dice, contact.known_from)),
            }
            for customer in customers
            for contact in customer.contacts
            if contact.known_from < END
        ],
    }


def _history(dice: Dice, customer: Customer) -> list[dict[str, object]]:
    """Invent the two values of an attribute that changed once; today's is the customer's own."""
    smaller = {"Mid-market": "Small business", "Enterprise": "Mid-market"}
    attribute, before, now = (
        ("segment", smaller[customer.segment], customer.segment)
        if customer.segment in smaller
        else ("persona", "Founder", customer.persona)
    )
    known = customer.acquired_at.date()
    changed = known + timedelta(days=dice.whole(90, (END - known).days - 60))
    values = ((before, known, changed), (now, changed, None))
    return [
        {
            "customer_id": customer.customer_id,
            "attribute": attribute,
            "value": value,
            "valid_from": start,
            "valid_to": end,
        }
        for value, start, end in values
    ]
