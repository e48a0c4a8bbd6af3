"""What happens in the helpdesk: tickets, what was said in them and how their status went."""

import math
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cx_warehouse.demo.company import (
    AUTOMATION,
    BOT,
    SCHEDULE_OF_OFFICE,
    TEAM_OF_TOPIC,
    ZONES,
    OfficeHours,
    agent_on_duty,
)
from cx_warehouse.demo.customers import Contact, Customer
from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.phrases import THEME_OF_TOPIC, VOICES, comment
from cx_warehouse.demo.revenue import Relationship
from cx_warehouse.demo.tables import Row, Tables
from cx_warehouse.demo.timeline import (
    END,
    END_AT,
    FIRST_DAY,
    HOURS,
    SEASON,
    Climate,
    climate,
    day_within,
    later,
    midnight,
    months,
)

# Tickets a customer opens in an average month.
VOLUME = {"Small business": 0.32, "Mid-market": 0.55, "Enterprise": 1.0}
CHANNELS = {"email": 42, "chat": 24, "web form": 18, "phone": 16}
TOPICS = {"invoices": 22, "prices": 8, "errors": 26, "integrations": 12, "setup": 12, "usage": 20}
PRIORITIES = {"low": 15, "normal": 60, "high": 19, "urgent": 6}
SUBJECTS = {
    "invoices": "Question about an invoice", "prices": "Price of our plan",
    "errors": "Error message", "integrations": "Connection to another system",
    "setup": "Help with the setup", "usage": "How do I …",
}  # fmt: skip

# Median business minutes to the first reply in an average month, and what moves it.
FIRST_REPLY = {"email": 58.0, "chat": 15.0, "web form": 66.0, "phone": 8.0}
BY_PRIORITY = {"low": 1.5, "normal": 1.0, "high": 0.65, "urgent": 0.35}
BY_OFFICE = {"Vilnius": 1.0, "Toronto": 1.35}
BY_SEGMENT = {"Small business": 1.1, "Mid-market": 1.0, "Enterprise": 0.8}


@dataclass
class Ticket:
    """A ticket while it is being lived; `status` is that of the last event so far."""

    customer: Customer
    contact: Contact
    created_at: datetime
    channel: str
    topic: str
    priority: str
    office: str
    created_by: str = "customer"
    kind: str = "question"
    status: str = "new"
    assignee: str | None = None
    is_spam: bool = False
    is_test: bool = False
    merged_into: "Ticket | None" = None
    ticket_id: str = ""
    solved_at: datetime | None = None
    waited_minutes: float = 0.0
    is_reopened: bool = False
    events: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)

    @property
    def team(self) -> str:
        """The team that answers the topic."""
        return TEAM_OF_TOPIC[self.topic]

    def say(
        self,
        at: datetime,
        author: str,
        author_type: str,
        body: str | None,
        is_public: bool = True,
        is_automated: bool = False,
    ) -> None:
        """Add a message, unless it lies beyond the data."""
        if at >= END_AT:
            return
        self.messages.append(
            {
                "sent_at": at,
                "author_id": author,
                "author_type": author_type,
                "is_public": is_public,
                "is_automated": is_automated,
                "body": body,
            }
        )

    def turn(self, at: datetime, status: str, actor: str, actor_type: str) -> None:
        """Change the status, unless beyond the data; the nightly run may fall on its end."""
        if at > END_AT or (at == END_AT and actor != AUTOMATION) or status == self.status:
            return
        self.note(at, "status", self.status, status, actor, actor_type)
        self.is_reopened |= self.status == "solved" and status == "open"
        self.status = status
        if status == "solved":
            self.solved_at = at

    def note(self, at: datetime, name: str, old: str | None, new: str, actor: str, actor_type: str) -> None:
        """Record the change of any field."""
        if at > END_AT or (at == END_AT and actor != AUTOMATION):
            return
        sequence = 1
        while any(event["occurred_at"] == at and event["sequence"] == sequence for event in self.events):
            sequence += 1
        self.events.append(
            {
                "occurred_at": at,
                "sequence": sequence,
                "field": name,
                "old_value": old,
                "new_value": new,
                "actor_id": actor,
                "actor_type": actor_type,
            }
        )


def live_tickets(seed: int, lives: list[Relationship]) -> list[Ticket]:
    """Live every ticket of the 24 months; give them in the order of creation, numbered."""
    dice = Dice(seed, "support")
    desk = Helpdesk(dice)
    tickets: list[Ticket] = []
    for month in months(FIRST_DAY, END):
        for life in lives:
            mean = VOLUME[life.customer.segment] * SEASON[month.month] * (0.9 + climate(month).wait / 10)
            for _ in range(dice.count(mean)):
                at = desk.moment(life.customer, day_within(dice, month))
                if at < END_AT and life.pays_on(at.date()):
                    tickets.extend(desk.live(life.customer, at))
    tickets.sort(key=lambda ticket: (ticket.created_at, ticket.contact.contact_id))
    for number, ticket in enumerate(tickets, start=1):
        ticket.ticket_id = f"T{number:05d}"
    return tickets


class Helpdesk:
    """The offices at work: lives one ticket after the other."""

    def __init__(self, dice: Dice) -> None:
        """Open the offices."""
        self.dice = dice
        self.hours = {office: OfficeHours(office) for office in ZONES}

    def moment(self, customer: Customer, day: date) -> datetime:
        """Draw when on the day a customer writes: rarely at night, seldom at weekends."""
        if day.isoweekday() > 5 and self.dice.chance(0.75):
            day = max(day.replace(day=1), day - timedelta(days=3))
        minute = self.dice.weighted(HOURS) * 60 + self.dice.between(0, 60)
        return self.hours[customer.office].local(day, minute)

    def live(self, customer: Customer, at: datetime) -> list[Ticket]:
        """Live one ticket from its creation on; two where the customer wrote twice."""
        dice, weather = self.dice, climate(at.date())
        ticket = self._ticket(customer, at)
        if dice.chance(0.018):
            self._discard(ticket)
        elif dice.chance(0.035):
            self._reach_out(ticket, weather)
        elif ticket.channel == "chat" and dice.chance(0.4):
            self._solve_by_bot(ticket, weather)
        elif dice.chance(0.018 * weather.silence):
            self._leave_unanswered(ticket)
        else:
            self._open(ticket)
            self._answer(ticket, at, weather)
            if dice.chance(0.025):
                return [ticket, self._duplicate(ticket)]
        return [ticket]

    def _ticket(self, customer: Customer, at: datetime) -> Ticket:
        dice = self.dice
        known = [contact for contact in customer.contacts if contact.known_from <= at.date()]
        # A tenth of what reaches one office is answered by the other.
        other = "Toronto" if customer.office == "Vilnius" else "Vilnius"
        return Ticket(
            customer,
            dice.pick(known or customer.contacts[:1]),
            at,
            channel=dice.weighted(CHANNELS),
            topic=dice.weighted(TOPICS),
            priority=dice.weighted(PRIORITIES),
            office=customer.office if dice.chance(0.9) else other,
            kind=dice.weighted({"question": 60, "problem": 30, "task": 10}),
            is_test=customer.is_test,
        )

    def _ask(self, ticket: Ticket, at: datetime) -> None:
        """Begin a ticket in the customer's own words."""
        theme = THEME_OF_TOPIC[ticket.topic]
        words = comment(self.dice, ticket.customer.language, theme, is_praise=False)
        ticket.say(at, ticket.contact.contact_id, "customer", words)

    def _open(self, ticket: Ticket) -> None:
        self._ask(ticket, ticket.created_at)
        if ticket.channel in ("email", "web form") and self.dice.chance(0.35):
            received = later(ticket.created_at, seconds=20)
            ticket.say(received, AUTOMATION, "system", "We got your request.", is_automated=True)
        elif ticket.channel == "chat":
            greeting = "Hello! A colleague will be with you."
            ticket.say(later(ticket.created_at, seconds=6), BOT, "bot", greeting, is_automated=True)

    def _wait(self, ticket: Ticket, weather: Climate) -> float:
        """Draw the business minutes until the next reply."""
        median = FIRST_REPLY[ticket.channel] * BY_PRIORITY[ticket.priority] * weather.wait
        median *= BY_OFFICE[ticket.office] * BY_SEGMENT[ticket.customer.segment]
        return self.dice.skewed(median, 0.85)

    def _answer(self, ticket: Ticket, since: datetime, weather: Climate) -> None:
        """Reply and ask back until the ticket is solved, and perhaps opened again."""
        dice, hours = self.dice, self.hours[ticket.office]
        ticket.waited_minutes = self._wait(ticket, weather)
        reply_at = hours.after(since, ticket.waited_minutes)
        if reply_at >= END_AT:
            return
        agent = ticket.assignee = agent_on_duty(dice, ticket.team, ticket.office, reply_at)
        taken_at = later(
            reply_at, minutes=-min(dice.between(1, 9), (reply_at - since) / timedelta(minutes=2))
        )
        ticket.turn(taken_at, "open", agent, "agent")
        self._handle(ticket, taken_at, agent)
        for _ in range(dice.weighted({0: 52, 1: 32, 2: 12, 3: 4})):
            self._reply(ticket, reply_at, agent)
            ticket.turn(reply_at, "pending", agent, "agent")
            back_at = later(reply_at, minutes=dice.skewed(180, 1.1))
            self._reply_of_customer(ticket, back_at)
            ticket.turn(back_at, "open", ticket.contact.contact_id, "customer")
            reply_at = hours.after(back_at, self._wait(ticket, weather) * 1.3)
        if dice.chance(0.06):
            ticket.turn(reply_at, "hold", agent, "agent")
            reply_at = hours.after(reply_at, dice.between(400, 1800))
            ticket.turn(reply_at, "open", agent, "agent")
            reply_at = later(reply_at, minutes=2)
        self._reply(ticket, reply_at, agent)
        ticket.turn(reply_at, "solved", agent, "agent")
        if dice.chance(0.05 * math.sqrt(weather.silence)):
            self._reopen(ticket, reply_at, agent, weather)
        else:
            self._close(ticket, reply_at)

    def _handle(self, ticket: Ticket, at: datetime, agent: str) -> None:
        """Do what is now and then done with a ticket before the reply."""
        dice = self.dice
        if dice.chance(0.08):
            note = "Same as last week, see the guide."
            ticket.say(at, agent, "agent", note, is_public=False)
        if ticket.priority != "urgent" and dice.chance(0.03):
            ticket.note(at, "priority", ticket.priority, "urgent", agent, "agent")
            ticket.priority = "urgent"
        if dice.chance(0.02):
            old, ticket.office = (
                ticket.office,
                "Vilnius" if ticket.office == "Toronto" else "Toronto",
            )
            schedules = SCHEDULE_OF_OFFICE[old], SCHEDULE_OF_OFFICE[ticket.office]
            ticket.note(at, "schedule", *schedules, agent, "agent")

    def _reply(self, ticket: Ticket, at: datetime, agent: str) -> None:
        words = self.dice.pick(VOICES[ticket.customer.language].answers)
        ticket.say(at, agent, "agent", words)

    def _reply_of_customer(self, ticket: Ticket, at: datetime) -> None:
        words = self.dice.pick(VOICES[ticket.customer.language].thanks)
        ticket.say(at, ticket.contact.contact_id, "customer", words)

    def _reopen(self, ticket: Ticket, solved_at: datetime, agent: str, weather: Climate) -> None:
        back_at = later(solved_at, hours=self.dice.between(0.5, 60))
        self._reply_of_customer(ticket, back_at)
        ticket.turn(back_at, "open", ticket.contact.contact_id, "customer")
        reply_at = self.hours[ticket.office].after(back_at, self._wait(ticket, weather))
        self._reply(ticket, reply_at, agent)
        ticket.turn(reply_at, "solved", agent, "agent")
        self._close(ticket, reply_at)

    def _close(self, ticket: Ticket, solved_at: datetime) -> None:
        """Let the nightly run close what has been solved for four days."""
        if ticket.status == "solved":
            night = midnight(later(solved_at, days=5).date())
            ticket.turn(night, "closed", AUTOMATION, "system")

    def _solve_by_bot(self, ticket: Ticket, weather: Climate) -> None:
        """Let a bot answer and solve; some customers come back and want a person."""
        self._ask(ticket, ticket.created_at)
        solved_at = later(ticket.created_at, seconds=self.dice.whole(8, 25))
        guide = self.dice.pick(VOICES[ticket.customer.language].answers)
        ticket.say(solved_at, BOT, "bot", guide)
        solved_at = later(solved_at, minutes=self.dice.between(2, 9))
        ticket.turn(solved_at, "solved", BOT, "bot")
        if self.dice.chance(0.2):
            back_at = later(solved_at, hours=self.dice.between(0.3, 20))
            self._reply_of_customer(ticket, back_at)
            ticket.turn(back_at, "open", ticket.contact.contact_id, "customer")
            self._answer(ticket, back_at, weather)
        else:
            self._close(ticket, solved_at)

    def _leave_unanswered(self, ticket: Ticket) -> None:
        """Leave a ticket without reply; most are closed in the end, some wait still."""
        self._open(ticket)
        agent = agent_on_duty(self.dice, ticket.team, ticket.office, ticket.created_at)
        ticket.turn(later(ticket.created_at, hours=30), "open", agent, "agent")
        if self.dice.chance(0.85):
            given_up = later(ticket.created_at, days=self.dice.between(9, 25))
            ticket.turn(given_up, "solved", agent, "agent")
            self._close(ticket, given_up)

    def _discard(self, ticket: Ticket) -> None:
        """Close spam and trials of our own."""
        ticket.is_spam = self.dice.chance(0.6)
        ticket.is_test = not ticket.is_spam
        author = ticket.contact.contact_id
        words = "Win a prize today!" if ticket.is_spam else "Test, please ignore."
        ticket.say(ticket.created_at, author, "customer", words)
        ticket.turn(later(ticket.created_at, hours=9), "closed", AUTOMATION, "system")

    def _reach_out(self, ticket: Ticket, weather: Climate) -> None:
        """Let an agent write first; the clock starts when the customer answers, if ever."""
        ticket.created_by = "agent"
        agent = agent_on_duty(self.dice, ticket.team, ticket.office, ticket.created_at)
        ticket.say(ticket.created_at, agent, "agent", "We noticed something and would like to help.")
        ticket.turn(later(ticket.created_at, minutes=1), "pending", agent, "agent")
        answered_at = later(ticket.created_at, hours=self.dice.between(1, 40))
        if answered_at < END_AT and self.dice.chance(0.7):
            self._reply_of_customer(ticket, answered_at)
            ticket.turn(answered_at, "open", ticket.contact.contact_id, "customer")
            self._answer(ticket, answered_at, weather)

    def _duplicate(self, root: Ticket) -> Ticket:
        """Make the same request through another door, merged into the first."""
        at = later(root.created_at, minutes=self.dice.between(3, 55))
        at = min(at, later(END_AT, seconds=-1))
        again = Ticket(
            root.customer,
            root.contact,
            at,
            channel="web form",
            topic=root.topic,
            priority=root.priority,
            office=root.office,
            merged_into=root,
            is_test=root.is_test,
        )
        self._ask(again, at)
        again.turn(later(at, minutes=self.dice.between(4, 90)), "closed", AUTOMATION, "system")
        return again


def support_tables(tickets: list[Ticket]) -> Tables:
    """Give the tables of tickets, their events and messages."""
    events: list[Row] = []
    messages: list[Row] = []
    for ticket in tickets:
        for event in ticket.events:
            key = {"event_id": f"E{len(events) + 1:05d}", "ticket_id": ticket.ticket_id}
            events.append(key | event)
        for message in ticket.messages:
            key = {"message_id": f"M{len(messages) + 1:05d}", "ticket_id": ticket.ticket_id}
            messages.append(key | message)
    return {
        ("helpdesk", "tickets"): [_ticket_row(ticket) for ticket in tickets],
        ("helpdesk", "ticket_events"): events,
        ("helpdesk", "ticket_messages"): messages,
    }


def _ticket_row(ticket: Ticket) -> Row:
    premium = ticket.customer.segment == "Enterprise"
    touched = [ticket.created_at, *(event["occurred_at"] for event in ticket.events)]
    return {
        "ticket_id": ticket.ticket_id,
        "customer_id": ticket.customer.customer_id,
        "contact_id": ticket.contact.contact_id,
        "created_at": ticket.created_at,
        "created_by": ticket.created_by,
        "channel": ticket.channel,
        "topic": ticket.topic,
        "priority": ticket.priority,
        "type": ticket.kind,
        "status": ticket.status,
        "team": ticket.team,
        "assignee_id": ticket.assignee,
        "office": ticket.office,
        "schedule_id": SCHEDULE_OF_OFFICE[ticket.office],
        "sla_policy_id": "premium" if premium else "standard",
        "language": ticket.customer.language,
        "subject": SUBJECTS[ticket.topic],
        "is_spam": ticket.is_spam,
        "is_test": ticket.is_test,
        "merged_into_ticket_id": ticket.merged_into.ticket_id if ticket.merged_into else None,
        "updated_at": touched[-1],
    }
