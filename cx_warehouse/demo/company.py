"""The demo company itself: its offices, hours, people, service targets and price list."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.tables import Row, Tables
from cx_warehouse.demo.timeline import midnight

COUNTRIES = {  # country: (office that serves it, share of customers, region -> city, languages)
    "Lithuania": (
        "Vilnius",
        37,
        {"Vilnius": "Vilnius", "Kaunas": "Kaunas", "Coast": "Klaipėda"},
        {"lt": 78, "ru": 14, "en": 8},
    ),
    "Latvia": ("Vilnius", 17, {"Riga": "Rīga", "Latgale": "Daugavpils"}, {"ru": 55, "en": 45}),
    "Estonia": ("Vilnius", 10, {"Harju": "Tallinn", "Tartu": "Tartu"}, {"en": 60, "ru": 40}),
    "Ireland": ("Vilnius", 8, {"Leinster": "Dublin", "Munster": "Cork"}, {"en": 100}),
    "Canada": ("Toronto", 28, {"Ontario": "Toronto", "Atlantic": "Halifax"}, {"en": 96, "ru": 4}),
}

PLANS = {"Starter": 49, "Team": 149, "Business": 390, "Scale": 890}  # EUR a month
SEGMENT_PLANS = {
    "Small business": {"Starter": 65, "Team": 35},
    "Mid-market": {"Team": 55, "Business": 45},
    "Enterprise": {"Business": 40, "Scale": 60},
}
PRICE_RISES = {date(2024, 2, 1): 1.03, date(2025, 2, 1): 1.04, date(2026, 2, 1): 1.09}

TEAMS = {
    "Billing": ("invoices", "prices"),
    "Technical": ("errors", "integrations"),
    "Onboarding": ("setup", "usage"),
}
TEAM_OF_TOPIC = {topic: team for team, topics in TEAMS.items() for topic in topics}

BOT, AUTOMATION = "B01", "S01"

EMPLOYEES = [  # id, name, role, team, office, hired, left
    ("A01", "Rasa Vėjūnė", "agent", "Billing", "Vilnius", "2023-01-09", ""),
    ("A02", "Tomas Girėnas", "agent", "Billing", "Vilnius", "2023-05-02", "2026-01-09"),
    ("A03", "Ilona Beržė", "agent", "Technical", "Vilnius", "2023-02-01", ""),
    ("A04", "Pavel Rechkin", "agent", "Technical", "Vilnius", "2023-09-04", "2025-12-31"),
    ("A05", "Dalia Smiltė", "agent", "Technical", "Vilnius", "2024-03-11", ""),
    ("A06", "Marius Kopa", "agent", "Onboarding", "Vilnius", "2023-06-12", ""),
    ("A07", "Yana Polesova", "agent", "Onboarding", "Vilnius", "2024-08-19", "2026-01-16"),
    ("A08", "Nora Fieldgate", "agent", "Billing", "Toronto", "2023-10-02", ""),
    ("A09", "Owen Larkmoor", "agent", "Technical", "Toronto", "2023-10-02", ""),
    ("A10", "Priya Stonely", "agent", "Technical", "Toronto", "2024-05-13", "2026-01-30"),
    ("A11", "Felix Harrowby", "agent", "Onboarding", "Toronto", "2024-01-15", ""),
    ("A12", "Ugnė Rasaitė", "agent", "Billing", "Vilnius", "2026-04-07", ""),
    ("A13", "Anton Zimin", "agent", "Technical", "Vilnius", "2026-04-07", ""),
    ("A14", "Lena Morova", "agent", "Onboarding", "Vilnius", "2026-05-04", ""),
    ("A15", "Hugo Penwright", "agent", "Technical", "Toronto", "2026-05-11", ""),
    ("M01", "Gintarė Lauka", "manager", "Customer success", "Vilnius", "2023-01-09", ""),
    ("M02", "Simon Wexley", "manager", "Customer success", "Toronto", "2023-10-02", ""),
    (BOT, "Help bot", "bot", "", "", "2024-11-01", ""),
    (AUTOMATION, "Helpdesk automation", "system", "", "", "2024-11-01", ""),
]
MANAGER_OF_OFFICE = {"Vilnius": "M01", "Toronto": "M02"}

ZONES = {"Vilnius": ZoneInfo("Europe/Vilnius"), "Toronto": ZoneInfo("America/Toronto")}
SCHEDULE_OF_OFFICE = {"Vilnius": "vilnius", "Toronto": "toronto"}


@dataclass(frozen=True)
class Week:
    """Opening hours of an office for a while: minutes of the local day by weekday."""

    office: str
    hours: dict[int, tuple[int, int]]
    valid_from: date | None = None
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Tell whether these are the hours of the day."""
        return (self.valid_from or day) <= day and (self.valid_to is None or day < self.valid_to)


def _weekdays(opens: int, closes: int) -> dict[int, tuple[int, int]]:
    return dict.fromkeys(range(1, 6), (opens * 60, closes * 60))


WEEKS = [
    Week("Vilnius", _weekdays(9, 18), valid_to=date(2026, 4, 1)),
    Week("Vilnius", _weekdays(8, 20), valid_from=date(2026, 4, 1)),
    Week("Toronto", _weekdays(9, 17), valid_to=date(2025, 6, 1)),
    Week("Toronto", _weekdays(9, 17) | {6: (600, 840)}, valid_from=date(2025, 6, 1)),
]

SHORT_DAY = (540, 780)
HOLIDAYS = {  # schedule ("" = every schedule): name -> days
    "vilnius": {
        "All Saints' Day": "2024-11-01 2025-11-01 2026-11-01",
        "All Souls' Day": "2024-11-02 2025-11-02 2026-11-02",
        "Christmas": "2024-12-24 2024-12-25 2024-12-26 2025-12-24 2025-12-25 2025-12-26"
        " 2026-12-24 2026-12-25 2026-12-26",
        "New Year": "2025-01-01 2026-01-01",
        "Restoration of the State": "2025-02-16 2026-02-16",
        "Restoration of Independence": "2025-03-11 2026-03-11",
        "Easter Monday": "2025-04-21 2026-04-06",
        "Labour Day": "2025-05-01 2026-05-01",
        "Midsummer": "2025-06-24 2026-06-24",
        "Statehood Day": "2025-07-06 2026-07-06",
        "Assumption": "2025-08-15 2026-08-15",
    },
    "toronto": {
        "Christmas": "2024-12-25 2024-12-26 2025-12-25 2025-12-26 2026-12-25 2026-12-26",
        "New Year": "2025-01-01 2026-01-01",
        "Family Day": "2025-02-17 2026-02-16",
        "Good Friday": "2025-04-18 2026-04-03",
        "Victoria Day": "2025-05-19 2026-05-18",
        "Canada Day": "2025-07-01 2026-07-01",
        "Labour Day": "2025-09-01 2026-09-07",
        "Thanksgiving": "2025-10-13 2026-10-12",
    },
    "": {"Company day": "2025-06-20 2026-06-19"},
}
SHORT_DAYS = {
    "vilnius": {
        "Eve of Christmas": "2024-12-23 2025-12-23",
        "Eve of the New Year": "2024-12-31 2025-12-31",
        "Eve of Independence": "2025-03-10 2026-03-10",
    },
    "toronto": {"Eve of Christmas": "2024-12-24 2025-12-24"},
}

# Policy, name, metric, minutes by priority ("" = every priority), clock, valid from, valid to.
SLA_TARGETS = [
    (
        "standard",
        "Standard",
        "first_reply",
        {"urgent": 60, "high": 120, "normal": 240, "low": 480},
        "business",
        "",
        "",
    ),
    ("standard", "Standard", "next_reply", {"": 480}, "business", "", ""),
    ("standard", "Standard", "resolution", {"urgent": 2880, "": 7200}, "calendar", "", ""),
    (
        "premium",
        "Premium",
        "first_reply",
        {"urgent": 30, "high": 60, "normal": 120, "low": 240},
        "business",
        "",
        "2026-05-01",
    ),
    (
        "premium",
        "Premium",
        "first_reply",
        {"urgent": 20, "high": 45, "normal": 90, "low": 240},
        "business",
        "2026-05-01",
        "",
    ),
    ("premium", "Premium", "next_reply", {"urgent": 60, "": 240}, "business", "", ""),
    ("premium", "Premium", "resolution", {"urgent": 1440, "": 4320}, "calendar", "", ""),
    ("premium", "Premium", "requester_wait", {"": 2880}, "calendar", "", ""),
    ("premium", "Premium", "agent_work", {"": 960}, "business", "", ""),
]


class OfficeHours:
    """The hours of one office as instants: what its schedule rows and holidays mean."""

    def __init__(self, office: str) -> None:
        """Read the schedule and the holidays of the office."""
        self.zone = ZONES[office]
        self._weeks = [week for week in WEEKS if week.office == office]
        schedule = SCHEDULE_OF_OFFICE[office]
        self._closed = _days(HOLIDAYS[schedule]) | _days(HOLIDAYS[""])
        self._short = _days(SHORT_DAYS[schedule])

    def opening(self, day: date) -> tuple[datetime, datetime] | None:
        """Tell when the office opens and closes on a local day, UTC; None on a closed day."""
        week = next(week for week in self._weeks if week.holds_on(day))
        hours = week.hours.get(day.isoweekday())
        if hours is None or day in self._closed:
            return None
        opens, closes = hours
        if day in self._short:
            opens, closes = max(opens, SHORT_DAY[0]), min(closes, SHORT_DAY[1])
        return self.local(day, opens), self.local(day, closes)

    def local(self, day: date, minute: float) -> datetime:
        """Give the instant of a minute of the local day, UTC."""
        start = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (start + timedelta(seconds=int(minute * 60))).astimezone(UTC)

    def after(self, instant: datetime, minutes: float) -> datetime:
        """Give the instant at which a clock that runs in office hours has counted the minutes."""
        left = timedelta(seconds=int(minutes * 60))
        day = instant.astimezone(self.zone).date()
        while True:
            if opening := self.opening(day):
                start = max(instant, opening[0])
                if start + left < opening[1]:
                    return start + left
                left -= max(opening[1] - start, timedelta())
            day += timedelta(days=1)


def agent_on_duty(dice: Dice, team: str, office: str, at: datetime) -> str:
    """Pick an agent of the team and office employed at the instant, else of the team anywhere."""
    day = at.date().isoformat()
    employed = [
        (employee_id, where)
        for employee_id, _, role, of_team, where, hired, left in EMPLOYEES
        if role == "agent" and of_team == team and hired <= day and (not left or day < left)
    ]
    local = [employee_id for employee_id, where in employed if where == office]
    return dice.pick(local or [employee_id for employee_id, _ in employed])


def company_tables() -> Tables:
    """Give the tables of the company itself: employees, schedules, holidays, targets."""
    return {
        ("crm", "employees"): [_employee(*employee) for employee in EMPLOYEES],
        ("helpdesk", "schedules"): [
            {
                "schedule_id": SCHEDULE_OF_OFFICE[week.office],
                "time_zone": ZONES[week.office].key,
                "weekday": weekday,
                "opens_minute": opens,
                "closes_minute": closes,
                "valid_from": week.valid_from,
                "valid_to": week.valid_to,
            }
            for week in WEEKS
            for weekday, (opens, closes) in week.hours.items()
        ],
        ("helpdesk", "holidays"): [
            {
                "schedule_id": schedule,
                "holiday_date": day,
                "name": name,
                "opens_minute": hours[0] if hours else None,
                "closes_minute": hours[1] if hours else None,
            }
            for calendar, hours in ((HOLIDAYS, None), (SHORT_DAYS, SHORT_DAY))
            for schedule, holidays in calendar.items()
            for name, days in holidays.items()
            for day in days.split()
        ],
        ("helpdesk", "sla_targets"): [
            {
                "policy_id": policy,
                "policy_name": name,
                "metric": metric,
                "priority": priority,
                "target_minutes": minutes,
                "clock": clock,
                "valid_from": valid_from,
                "valid_to": valid_to,
            }
            for policy, name, metric, targets, clock, valid_from, valid_to in SLA_TARGETS
            for priority, minutes in targets.items()
        ],
    }


def _employee(employee_id: str, name: str, role: str, team: str, office: str, hired: str, left: str) -> Row:
    return {
        "employee_id": employee_id,
        "name": name,
        "role": role,
        "team": team,
        "office": office,
        "hired_at": midnight(date.fromisoformat(hired)),
        "left_at": midnight(date.fromisoformat(left)) if left else None,
    }


def _days(names: dict[str, str]) -> set[date]:
    return {date.fromisoformat(day) for days in names.values() for day in days.split()}
