"""What customers answer: surveys, invitations, responses, answers and what was done about them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cx_warehouse.demo.company import BOT, MANAGER_OF_OFFICE
from cx_warehouse.demo.customers import Contact, Customer
from cx_warehouse.demo.dice import Dice
from cx_warehouse.demo.phrases import comment, leaving_words, theme_of_mood
from cx_warehouse.demo.revenue import COMPETITORS, Departure, Relationship
from cx_warehouse.demo.support import Ticket
from cx_warehouse.demo.tables import Row, Tables
from cx_warehouse.demo.timeline import (
    END,
    END_AT,
    FIRST_DAY,
    climate,
    happened,
    later,
    midnight,
    months,
    office_time,
)

SURVEYS = [  # id, name, programme, touchpoint, stage, channel
    ("rel", "Relationship survey", "relational", "", "use", "email"),
    ("sup", "Support survey", "transactional", "support", "help", "email"),
    ("onb", "Onboarding survey", "transactional", "onboarding", "start", "in-app"),
    ("exit", "Exit survey", "exit", "", "leave", "email"),
    ("web", "Webinar poll", "study", "webinar", "use", "web"),
]

# What the relationship survey asks about, how content people are with it by nature (1–10) and how
# important it is to them.
ATTRIBUTES = {
    "quality": (8.4, 9.2), "usability": (8.1, 8.4), "speed": (7.9, 8.9),
    "staff": (8.7, 8.0), "price": (6.9, 8.1), "invoices": (8.0, 6.9),
}  # fmt: skip
ASKED = {
    "quality": "the reliability of the product", "usability": "the ease of use",
    "speed": "the speed of our replies", "staff": "our people", "price": "the price",
    "invoices": "invoices and payment",
}  # fmt: skip

QUESTIONS = [  # id, survey, metric, lowest, highest, direction, text
    ("rel_nps", "rel", "nps", 0, 10, 1, "How likely are you to recommend us to a colleague?"),
    ("rel_comment", "rel", "comment", "", "", 1, "What is the main reason for your score?"),
    (
        "sup_csat",
        "sup",
        "csat",
        1,
        5,
        1,
        "How satisfied are you with how your request was handled?",
    ),
    ("sup_ces2", "sup", "ces2", 1, 7, 1, "The company made it easy for me to handle my issue."),
    ("sup_comment", "sup", "comment", "", "", 1, "What should we know?"),
    (
        "onb_nps",
        "onb",
        "nps",
        0,
        10,
        1,
        "After the first weeks, how likely are you to recommend us?",
    ),
    ("onb_ces5", "onb", "ces5", 1, 5, 1, "It was easy to get started."),
    ("onb_comment", "onb", "comment", "", "", 1, "What would have made the start easier?"),
    ("exit_reason", "exit", "reason", "", "", 1, "Why are you leaving?"),
    ("exit_competitor", "exit", "competitor", "", "", 1, "What will you use instead?"),
    ("exit_comment", "exit", "comment", "", "", 1, "What could have kept you?"),
    # An old poll: its effort runs the other way, and a recommendation asked on 1 to 10 is no NPS.
    ("web_effort", "web", "ces1", 1, 5, -1, "How much effort was it to follow? (1 = very little)"),
    ("web_recommend", "web", "nps", 1, 10, 1, "Would you recommend the webinar?"),
]

RESPONSE = {"Small business": 0.34, "Mid-market": 0.37, "Enterprise": 0.33}
SEGMENT_MOOD = {"Small business": -0.2, "Mid-market": 0.1, "Enterprise": 0.25}
WEBINARS = [date(2025, 3, 12), date(2025, 9, 17), date(2026, 3, 18), date(2026, 9, 16)]


@dataclass(frozen=True)
class Invitation:
    """An invitation that reached somebody, and when it was answered, if it was."""

    invitation_id: str
    survey: str
    customer: Customer
    contact: Contact
    ticket: Ticket | None
    answered_at: datetime | None


class Fieldwork:
    """Sends invitations and collects responses, in the order in which things happen in the code."""

    def __init__(self, dice: Dice) -> None:
        """Begin with nothing sent."""
        self.dice = dice
        self.invitations: list[Row] = []
        self.responses: list[Row] = []
        self.answers: list[Row] = []
        self.opted_out: dict[str, datetime] = {}

    def invite(
        self,
        survey: str,
        customer: Customer,
        contact: Contact,
        sent_at: datetime,
        rate: float,
        ticket: Ticket | None = None,
    ) -> Invitation | None:
        """Send one invitation; None where nothing is sent."""
        dice = self.dice
        if sent_at >= END_AT or self.opted_out.get(contact.contact_id, sent_at) < sent_at:
            return None
        channel = "in-app" if survey == "onb" or dice.chance(0.15) else "email"
        bounced = channel == "email" and dice.chance(0.025)
        delivered_at = None if bounced else later(sent_at, seconds=dice.whole(2, 90))
        opened_at = started_at = answered_at = None
        if not bounced and dice.chance(min(0.95, rate * 1.9)):
            opened_at = later(sent_at, minutes=dice.skewed(240, 1.4))
            if dice.chance(0.58):
                started_at = later(opened_at, seconds=dice.whole(5, 50))
                if dice.chance(0.91):
                    answered_at = later(started_at, seconds=dice.whole(25, 240))
        opted_out = opened_at is not None and started_at is None and dice.chance(0.03)
        opted_out_at = happened(later(opened_at, minutes=1)) if opened_at and opted_out else None
        if opted_out_at:
            self.opted_out[contact.contact_id] = opted_out_at
        invitation_id = f"I{len(self.invitations) + 1:05d}"
        self.invitations.append(
            {
                "invitation_id": invitation_id,
                "survey_id": survey,
                "customer_id": customer.customer_id,
                "contact_id": contact.contact_id,
                "ticket_id": ticket.ticket_id if ticket else None,
                "channel": channel,
                "sent_at": sent_at,
                "delivered_at": happened(delivered_at),
                "bounced_at": happened(later(sent_at, seconds=40)) if bounced else None,
                "opened_at": happened(opened_at),
                "started_at": happened(started_at),
                "opted_out_at": opted_out_at,
            }
        )
        answered_at = happened(answered_at)
        return Invitation(invitation_id, survey, customer, contact, ticket, answered_at)

    def respond(self, invitation: Invitation, answers: Row) -> str:
        """Store a response and give its id. Some stop half way or skip a question."""
        dice, ticket = self.dice, invitation.ticket
        response_id = f"R{len(self.responses) + 1:05d}"
        stops = len(answers) > 4 and dice.chance(0.06)
        solver = ticket.assignee or BOT if ticket else None
        self.responses.append(
            {
                "response_id": response_id,
                "survey_id": invitation.survey,
                "invitation_id": invitation.invitation_id,
                "customer_id": invitation.customer.customer_id,
                "contact_id": invitation.contact.contact_id,
                "ticket_id": ticket.ticket_id if ticket else None,
                "employee_id": solver,
                "channel": ticket.channel if ticket else "email",
                "office": ticket.office if ticket else invitation.customer.office,
                "responded_at": invitation.answered_at,
                "status": "partial" if stops else "complete",
                "language": invitation.customer.language,
            }
        )
        kept = dict(list(answers.items())[: dice.whole(2, 4)]) if stops else answers
        for question, value in kept.items():
            skipped = dice.chance(0.03)
            self._answer(response_id, question, None if skipped else value)
        return response_id

    def _answer(self, response_id: str, question: str, value: object) -> None:
        self.answers.append(
            {"response_id": response_id, "question_id": question, "answer_no": 1, "value": value}
        )

    def respond_anonymously(self, survey: str, at: datetime, language: str, answers: Row) -> None:
        """Store a response nobody was invited to."""
        response_id = f"R{len(self.responses) + 1:05d}"
        row: Row = {"response_id": response_id, "survey_id": survey, "channel": "web"}
        self.responses.append(row | {"responded_at": at, "status": "complete", "language": language})
        for question, value in answers.items():
            self._answer(response_id, question, value)


def feedback_tables(seed: int, lives: list[Relationship], tickets: list[Ticket]) -> Tables:
    """Give the tables of surveys, questions, invitations, responses, answers and follow-ups."""
    dice = Dice(seed, "feedback")
    work = Fieldwork(dice)
    followups: list[Row] = []
    _ask_everybody_each_quarter(work, lives, followups)
    _ask_after_tickets(work, lives, tickets)
    _ask_after_the_start(work, lives)
    _ask_who_leaves(work, lives)
    _ask_at_webinars(work)
    return {
        ("surveys", "surveys"): [
            dict(
                zip(
                    ("survey_id", "name", "programme", "touchpoint", "stage", "channel"),
                    survey,
                    strict=True,
                )
            )
            for survey in SURVEYS
        ],
        ("surveys", "questions"): _questions(),
        ("surveys", "invitations"): work.invitations,
        ("surveys", "responses"): work.responses,
        ("surveys", "answers"): work.answers,
        ("surveys", "followups"): followups,
    }


def _questions() -> list[Row]:
    names = ("question_id", "survey_id", "metric", "scale_min", "scale_max", "direction", "text")
    rows: list[Row] = [dict(zip(names, question, strict=True)) for question in QUESTIONS]
    for metric, suffix, wording in (
        ("csi", "", "How satisfied are you with {}?"),
        ("csi_importance", "_imp", "How important to you is {}?"),
    ):
        rows += [
            {
                "question_id": f"rel_{attribute}{suffix}",
                "survey_id": "rel",
                "metric": metric,
                "attribute": attribute,
                "scale_min": 1,
                "scale_max": 10,
                "direction": 1,
                "text": wording.format(words),
            }
            for attribute, words in ASKED.items()
        ]
    return rows


def _ask_everybody_each_quarter(work: Fieldwork, lives: list[Relationship], followups: list[Row]) -> None:
    """Run the relationship survey: every contact once a quarter, a third of them each month."""
    dice = work.dice
    places = [
        (position, life, contact)
        for position, (life, contact) in enumerate(
            (life, contact) for life in lives for contact in life.customer.contacts
        )
    ]
    for number, month in enumerate(months(FIRST_DAY, END)):
        for position, life, contact in places:
            day = month + timedelta(days=dice.whole(2, 22))
            known = contact.known_from + timedelta(days=45) <= day
            if position % 3 != number % 3 or not known or not life.pays_on(day):
                continue
            rate = RESPONSE[life.customer.segment] * (0.7 if life.leaves_within(day, 120) else 1.0)
            invitation = work.invite("rel", life.customer, contact, office_time(dice, day), rate)
            if invitation and invitation.answered_at:
                score, response_id = _relationship_answers(work, invitation)
                if score <= 6 and dice.chance(0.72):
                    followups.append(_followup(dice, invitation, response_id, len(followups) + 1))


def _relationship_answers(work: Fieldwork, invitation: Invitation) -> tuple[int, str]:
    dice, customer = work.dice, invitation.customer
    weather = climate((invitation.answered_at or END_AT).date())
    mood = _mood(dice, customer, weather.mood)
    score = _score(8.25 + 1.15 * mood, 0.9 * dice.normal(), 0, 10)
    is_praise = score >= 9 or (score >= 7 and dice.chance(0.55))
    answers: Row = {"rel_nps": score}
    if dice.chance(0.55):
        theme = theme_of_mood(dice, is_praise, weather.silence)
        answers["rel_comment"] = comment(dice, customer.language, theme, is_praise)
    for attribute, (usual, _) in ATTRIBUTES.items():
        extra = 1.6 * weather.mood if attribute == "speed" else 0.0
        extra -= 0.5 if attribute == "price" and customer.segment == "Small business" else 0.0
        answers[f"rel_{attribute}"] = _score(usual + 0.8 * mood + extra, 1.1 * dice.normal(), 1, 10)
    if dice.chance(0.45):
        for attribute, (_, importance) in ATTRIBUTES.items():
            answers[f"rel_{attribute}_imp"] = _score(importance, 1.2 * dice.normal(), 1, 10)
    return score, work.respond(invitation, answers)


def _ask_after_tickets(work: Fieldwork, lives: list[Relationship], tickets: list[Ticket]) -> None:
    """Run the support survey: after a solved ticket, at most once in two weeks to one contact."""
    dice = work.dice
    asked: dict[str, datetime] = {}
    solved = [ticket for ticket in tickets if ticket.solved_at and not ticket.is_spam]
    for ticket in sorted(solved, key=lambda ticket: (str(ticket.solved_at), ticket.ticket_id)):
        sent_at = later(ticket.solved_at or END_AT, minutes=dice.between(30, 300))
        contact_id = ticket.contact.contact_id
        last = asked.get(contact_id)
        if (last and sent_at - last < timedelta(days=14)) or dice.chance(0.08):
            continue
        asked[contact_id] = sent_at
        rate = 0.42 * RESPONSE[ticket.customer.segment] / 0.35
        invitation = work.invite("sup", ticket.customer, ticket.contact, sent_at, rate, ticket)
        if invitation and invitation.answered_at:
            work.respond(invitation, _support_answers(dice, ticket))


def _support_answers(dice: Dice, ticket: Ticket) -> Row:
    weather = climate(ticket.created_at.date())
    mood = _mood(dice, ticket.customer, weather.mood)
    wait = min(0.9, max(0.0, (ticket.waited_minutes - 60) / 210))
    trouble = wait + 0.8 * ticket.is_reopened + 0.3 * (ticket.assignee is None)
    csat = _score(4.5 + 0.35 * mood - trouble, 0.65 * dice.normal(), 1, 5)
    answers: Row = {
        "sup_csat": csat,
        "sup_ces2": _score(6.15 + 0.5 * mood - 1.4 * trouble, 0.9 * dice.normal(), 1, 7),
    }
    if dice.chance(0.4):
        is_praise = csat >= 4
        spoken = (
            {"speed": 45, "staff": 40, "usability": 15}
            if is_praise
            else {"speed": 40, "staff": 35, "quality": 25}
        )
        answers["sup_comment"] = comment(dice, ticket.customer.language, dice.weighted(spoken), is_praise)
    return answers


def _ask_after_the_start(work: Fieldwork, lives: list[Relationship]) -> None:
    """Run the onboarding survey: the first contact, 30 days after the start."""
    dice = work.dice
    for life in lives:
        for subscription in life.subscriptions[:1]:
            day = subscription.started_at.date() + timedelta(days=30)
            if not FIRST_DAY <= day < END or not life.pays_on(day):
                continue
            customer = life.customer
            sent_at = office_time(dice, day)
            invitation = work.invite("onb", customer, customer.contacts[0], sent_at, 0.5)
            if invitation and invitation.answered_at:
                mood = _mood(dice, customer, climate(day).mood)
                score = _score(8.3 + mood, dice.normal(), 0, 10)
                words = comment(dice, customer.language, "onboarding", is_praise=score >= 8)
                work.respond(
                    invitation,
                    {
                        "onb_nps": score,
                        "onb_ces5": _score(4.2 + 0.5 * mood, 0.7 * dice.normal(), 1, 5),
                        "onb_comment": words if dice.chance(0.5) else None,
                    },
                )


def _ask_who_leaves(work: Fieldwork, lives: list[Relationship]) -> None:
    """Run the exit survey: the first contact of everybody who gave notice."""
    departures = [leave for life in lives for leave in life.departures]
    for leave in sorted(departures, key=lambda leave: leave.requested_at):
        if leave.requested_at.date() < FIRST_DAY or leave.reason == "fraud_debt":
            continue
        sent_at = later(leave.requested_at, hours=20)
        rate = 0.2 if leave.reason == "payment_failure" else 0.45
        customer = leave.customer
        invitation = work.invite("exit", customer, customer.contacts[0], sent_at, rate)
        if invitation and invitation.answered_at:
            work.respond(invitation, _exit_answers(work.dice, leave))


def _exit_answers(dice: Dice, leave: Departure) -> Row:
    answers: Row = {"exit_reason": leave.reason}
    if leave.reason == "competitor_offer":
        answers["exit_competitor"] = dice.pick(COMPETITORS)
    if words := leaving_words(dice, leave.reason, leave.customer.language):
        answers["exit_comment"] = words
    return answers


def _ask_at_webinars(work: Fieldwork) -> None:
    """Run an open poll, answered without a name."""
    dice = work.dice
    for day in WEBINARS:
        for _ in range(dice.whole(9, 16)):
            at = later(midnight(day), minutes=dice.between(14 * 60, 16 * 60))
            answers: Row = {"web_effort": dice.weighted({1: 30, 2: 35, 3: 20, 4: 10, 5: 5})}
            answers["web_recommend"] = dice.whole(5, 10)
            work.respond_anonymously("web", at, dice.weighted({"en": 50, "lt": 30, "ru": 20}), answers)


def _followup(dice: Dice, invitation: Invitation, response_id: str, number: int) -> Row:
    """Follow up an unhappy answer; slower where everything is."""
    answered_at = invitation.answered_at or END_AT
    weather = climate(answered_at.date())
    opened_at = later(answered_at, minutes=dice.between(5, 240))
    contacted_at = later(opened_at, hours=dice.skewed(20 * weather.wait, 0.8))
    reached = dice.chance(0.85) and contacted_at < END_AT
    resolved_at = later(contacted_at, days=dice.between(1, 12))
    resolved = reached and dice.chance(0.7) and resolved_at < END_AT
    return {
        "followup_id": f"F{number:04d}",
        "response_id": response_id,
        "opened_at": happened(opened_at),
        "contacted_at": contacted_at if reached else None,
        "resolved_at": resolved_at if resolved else None,
        "owner_id": MANAGER_OF_OFFICE[invitation.customer.office],
        "result": ("solved" if resolved else "open") if reached else "not reached",
        "root_cause": theme_of_mood(dice, is_praise=False, silence=weather.silence) if resolved else None,
    }


def _mood(dice: Dice, customer: Customer, shift: float) -> float:
    """Tell how somebody feels today: by nature, by segment, by month, and by chance."""
    return 0.75 * customer.mood + SEGMENT_MOOD[customer.segment] + shift + 0.7 * dice.normal()


def _score(usual: float, noise: float, lowest: int, highest: int) -> int:
    return max(lowest, min(highest, round(usual + noise)))
