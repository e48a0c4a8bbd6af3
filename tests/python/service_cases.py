"""Raw rows of the service vectors of METRICS §4 and of every defect met so far, for one build.

The cases live side by side: each has a channel of its own, and waits are cut off at AS_OF.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from helpdesk import Helpdesk, utc

AS_OF = utc("2026-12-15T12:00:00")
OFFICE_HOURS = {day: [(540, 1080)] for day in range(1, 6)}


def minutes_ago(minutes: float) -> Any:
    return AS_OF - timedelta(minutes=minutes)


def add_schedules(desk: Helpdesk) -> None:
    desk.schedule("vilnius", "Europe/Vilnius", OFFICE_HOURS)
    desk.schedule("moscow", "Europe/Moscow", OFFICE_HOURS)
    desk.schedule("vilnius247", "Europe/Vilnius", {day: [(0, 1440)] for day in range(1, 8)})
    desk.schedule("night", "Europe/Vilnius", {1: [(1320, 1440)], 2: [(0, 360)]})
    desk.schedule("split", "Europe/Vilnius", {day: [(480, 720), (780, 1020)] for day in range(1, 6)})
    # C3: the second row overlaps the first and goes; the third has no such zone.
    desk.schedule("clumsy", "UTC", {1: [(540, 1080), (600, 1200)]})
    desk.schedule("nowhere", "Mars/Olympus", OFFICE_HOURS)
    desk.raw.add(
        "helpdesk", "holidays", schedule_id="vilnius", holiday_date="2026-02-16", name="Independence"
    )
    # D42: a short day for all, and the split schedule's own row that closes it.
    desk.raw.add("helpdesk", "holidays", holiday_date="2026-06-23", opens_minute=0, closes_minute=720)
    desk.raw.add("helpdesk", "holidays", schedule_id="split", holiday_date="2026-06-23")
    # One minute alone shortens the day on its side.
    desk.raw.add("helpdesk", "holidays", schedule_id="vilnius", holiday_date="2026-06-25", closes_minute=720)
    desk.raw.add("helpdesk", "holidays", schedule_id="vilnius", holiday_date="2026-06-26", opens_minute=840)


BUSINESS_CASES = [
    ("TV-BH-1", "vilnius", "2026-03-27T14:30:00Z", "2026-03-30T07:15:00Z", 165),
    ("TV-BH-2", "vilnius", "2026-10-23T14:30:00Z", "2026-10-26T08:15:00Z", 105),
    ("TV-BH-3a", "vilnius247", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z", 1500),
    ("TV-BH-3b", "vilnius247", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z", 1380),
    ("TV-BH-4", "vilnius", "2026-02-13T15:00:00Z", "2026-02-17T07:30:00Z", 90),
    ("TV-BH-5", "vilnius", "2026-03-28T10:00:00Z", "2026-03-28T12:00:00Z", 0),
    ("TV-BH-6", "vilnius", "2026-03-28T10:00:00Z", "2026-03-30T06:20:00Z", 20),
    ("TV-BH-7", "moscow", "2026-03-27T14:30:00Z", "2026-03-30T07:15:00Z", 105),
    ("TV-BH-8", "night", "2026-11-23T19:30:00Z", "2026-11-24T05:00:00Z", 480),
    ("split shift", "split", "2026-06-22T04:00:00Z", "2026-06-22T15:00:00Z", 480),
    ("partial holiday", "vilnius", "2026-06-23T04:00:00Z", "2026-06-23T20:00:00Z", 180),
    ("own holiday beats the one for all", "split", "2026-06-23T04:00:00Z", "2026-06-23T20:00:00Z", 0),
    ("a holiday that says when it closes", "vilnius", "2026-06-25T04:00:00Z", "2026-06-25T20:00:00Z", 180),
    ("a holiday that says when it opens", "vilnius", "2026-06-26T04:00:00Z", "2026-06-26T20:00:00Z", 240),
    ("overlapping row rejected", "clumsy", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z", 540),
]


def add_vectors(desk: Helpdesk) -> None:
    for minutes in (5, 8, 12, 20, 30, 45, 60):
        desk.ticket(minutes_ago(1000), channel="TV-FRT-1", replies=[(minutes, "agent")])
    for minutes in (90, 240, 600):
        desk.ticket(minutes_ago(minutes), channel="TV-FRT-1", replies=[(0, "customer")])

    talk = [(0, "customer"), (2, "bot"), (15, "agent"), (40, "customer"), (43, "customer"), (70, "agent")]
    ticket_id = desk.ticket(minutes_ago(150), ticket_id="TV-NRT-1", channel="TV-NRT-1", replies=talk)
    desk.message(ticket_id, minutes_ago(75), "agent")
    desk.message(ticket_id, minutes_ago(60), "agent", is_public="false")
    desk.message(ticket_id, minutes_ago(30), "customer")

    states = [(0, "new"), (10, "open"), (40, "pending"), (100, "open"), (130, "hold"), (190, "open")]
    states += [(220, "solved"), (300, "open"), (330, "solved")]
    desk.ticket(utc("2026-05-04T08:00:00"), ticket_id="TV-WAIT-1", channel="TV-WAIT-1", statuses=states)

    desk.raw.add(
        "helpdesk", "sla_targets", policy_id="P60", metric="first_reply", target_minutes=60, clock="calendar"
    )
    sla = {"channel": "TV-SLA-1", "sla_policy_id": "P60"}
    for minutes in (30, 60, 75):
        desk.ticket(minutes_ago(600), replies=[(minutes, "agent")], **sla)
    for minutes in (90, 20, 5):
        desk.ticket(minutes_ago(minutes), replies=[(0, "customer")], **sla)
    desk.ticket(minutes_ago(40), replies=[(20, "agent")], **sla)

    for number in range(10):
        created = minutes_ago(60 * 24 * (2 if number < 2 else 60))
        replies = [(5.0, "agent")] + ([(9.0, "agent")] if number in (2, 3, 5) else [])
        statuses: list[tuple[float, str]] = [(10, "solved")]
        if number == 4:
            statuses += [(1000, "open"), (1010, "solved")]
        customer = f"FCR{number}"
        desk.ticket(
            created,
            channel="TV-FCR-1",
            topic="billing",
            customer_id=customer,
            replies=replies,
            statuses=statuses,
        )
        if number == 5:
            desk.ticket(
                created + timedelta(days=3), channel="recontact", topic="billing", customer_id=customer
            )
            desk.ticket(
                created + timedelta(days=3), channel="recontact", topic="delivery", customer_id="FCR6"
            )

    for number in range(102):
        desk.ticket(
            utc("2026-08-03T08:00:00"), channel="TV-AVG-1", team="A" if number < 2 else "B",
            replies=[(10 if number < 2 else 2, "agent")],
        )  # fmt: skip

    # TV-MW-1: the later month's tickets took a, the earlier one's b.
    for month, waits in (("04", (5, 8, 12, 20, 30, 45, 60)), ("03", (12, 25, 33, 50, 75, 90))):
        for minutes in waits:
            desk.ticket(
                utc(f"2026-{month}-06T08:00:00"), channel="TV-MW-1", team="TV-MW-1",
                statuses=[(0, "open"), (minutes, "solved")],
            )  # fmt: skip

    for name, schedule, start, stop, _ in BUSINESS_CASES:
        ticket_id = desk.ticket(utc(start), ticket_id=name, channel="TV-BH", schedule_id=schedule)
        desk.message(ticket_id, utc(stop), "agent")


def add_defects(desk: Helpdesk) -> None:
    monday = utc("2026-09-07T06:00:00")  # 09:00 in Vilnius
    week = 60 * 24 * 7.0
    desk.ticket(
        monday, ticket_id="no message", channel="defects", sla_policy_id="P60", statuses=[(500, "solved")]
    )
    desk.ticket(monday, ticket_id="no message, open", channel="defects", sla_policy_id="P60")
    desk.ticket(
        utc("2023-01-02T07:00:00"),
        ticket_id="three years",
        schedule_id="vilnius",
        replies=[(week * 156, "agent")],
    )
    ticket_id = desk.ticket(monday + timedelta(seconds=59), ticket_id="minute boundary")
    desk.message(ticket_id, monday + timedelta(seconds=61), "agent")
    desk.ticket(monday, ticket_id="no schedule", replies=[(5, "agent")], statuses=[(9, "solved")])
    desk.ticket(monday, ticket_id="schedule without rows", schedule_id="nowhere", replies=[(5, "agent")])
    desk.ticket(
        monday, ticket_id="reopened now", schedule_id="vilnius", replies=[(5, "agent")],
        statuses=[(60, "solved"), (120, "open")],
    )  # fmt: skip
    days = 60 * 24.0
    desk.ticket(
        monday, ticket_id="bot solved, reopened", channel="bots",
        replies=[(0, "customer"), (1, "bot"), (5 * days, "customer"), (5 * days + 10, "agent")],
        statuses=[(2, "solved"), (5 * days, "open")],
    )  # fmt: skip
    desk.raw.add("crm", "employees", employee_id="robot", role="bot")
    ticket_id = desk.ticket(monday, ticket_id="bot by role")
    desk.message(ticket_id, monday + timedelta(minutes=1), "agent", author_id="robot")
    ticket_id = desk.ticket(monday, ticket_id="auto-reply")
    desk.message(ticket_id, monday + timedelta(minutes=1), "agent", is_automated="yes")

    for target, priority in ((30, "high"), (600, None)):
        desk.raw.add(
            "helpdesk", "sla_targets", policy_id="P", metric="first_reply", priority=priority,
            clock="business", target_minutes=target,
        )  # fmt: skip
    for metric, clock in (
        ("next_reply", "calendar"),
        ("resolution", "business"),
        ("requester_wait", "calendar"),
    ):
        desk.raw.add("helpdesk", "sla_targets", policy_id="P", metric=metric, target_minutes=540, clock=clock)
    ticket_id = desk.ticket(
        monday - timedelta(hours=20), ticket_id="priority history", schedule_id="vilnius", sla_policy_id="P",
        priority="high", replies=[(20 * 60 + 45, "agent"), (3000, "customer")],
        statuses=[(0, "new"), (60, "open"), (100, "pending"), (400, "open"), (1000, "solved")],
    )  # fmt: skip
    desk.event(ticket_id, monday, "priority", "low", "high")
    desk.ticket(
        monday,
        ticket_id="due at closing time",
        schedule_id="vilnius",
        sla_policy_id="P",
        statuses=[(9 * 60, "solved")],
    )

    desk.ticket(monday, ticket_id="root", replies=[(0, "customer")], status="open")
    desk.ticket(
        monday - timedelta(minutes=30),
        ticket_id="middle",
        merged_into_ticket_id="root",
        replies=[(10, "agent")],
    )
    desk.ticket(
        monday - timedelta(minutes=50), ticket_id="leaf", merged_into_ticket_id="middle", status="closed"
    )
    desk.ticket(monday, ticket_id="circle 1", merged_into_ticket_id="circle 2")
    desk.ticket(monday, ticket_id="circle 2", merged_into_ticket_id="circle 1")
    desk.ticket(monday, ticket_id="spam", is_spam="true")
    desk.ticket(monday, ticket_id="test", is_test="1")
    desk.raw.add("crm", "customers", customer_id="tester", is_test="true")
    desk.ticket(monday, ticket_id="of a test customer", customer_id="tester")
    desk.ticket(monday, ticket_id="outbound", created_by="agent", replies=[(1, "agent")])
    desk.ticket(
        monday, ticket_id="on behalf", created_by="agent",
        replies=[(1, "agent"), (60, "customer"), (75, "agent")],
    )  # fmt: skip

    desk.ticket(monday, ticket_id="one second early", replies=[(-1 / 60, "agent")])
    desk.ticket(
        monday, ticket_id="one minute early", sla_policy_id="P60", replies=[(-1, "agent"), (9, "agent")]
    )
    add_repeats(desk)

    # D41: an hour of office hours, then round the clock until midnight.
    ticket_id = desk.ticket(monday, ticket_id="moved", schedule_id="vilnius247", replies=[(15 * 60, "agent")])
    desk.event(ticket_id, monday + timedelta(minutes=60), "schedule", "vilnius", "vilnius247")
    ticket_id = desk.ticket(
        monday, ticket_id="moved out", replies=[(30, "agent"), (50, "customer"), (90, "agent")]
    )
    desk.event(ticket_id, monday + timedelta(minutes=60), "schedule", "vilnius", "nowhere")
    desk.ticket(monday, ticket_id="closed without history", status="closed", replies=[(0, "customer")])


# What is delivered twice (D33): ticket, then messages in the order of their keys, as second, agent (none of a
# customer), text and whatever differs from a public message. A text counts anew after a minute without it.
REPEATS: dict[str, list[tuple[int, str, str | None, dict[str, Any]]]] = {
    "delivered twice": [(60, "A1", "Hello", {}), (100, "A1", "Hello", {}), (200, "A1", "Hello", {})],
    "delivered in a chain": [(60, "A1", "Hello", {}), (110, "A1", "Hello", {}), (160, "A1", "Hello", {})],
    "a minute later": [(60, "A1", "Hello", {}), (120, "A1", "Hello", {})],
    "61 seconds later": [(60, "A1", "Hello", {}), (121, "A1", "Hello", {})],
    "the same from two": [(60, "A1", "Hello", {}), (70, "A2", "Hello", {})],
    "nothing twice": [(60, "A1", None, {}), (70, "A1", None, {})],
    "another between": [(60, "A1", "Hello", {}), (70, "A1", "Well", {}), (80, "A1", "Hello", {})],
    "at one instant": [(60, "A1", "Hello", {}), (60, "A1", "Hello", {})],
    "a note and a reply": [(60, "A1", "Hello", {"is_public": "false"}), (70, "A1", "Hello", {})],
    "first by a machine": [(60, "A1", "Hello", {"is_automated": "true"}), (70, "A1", "Hello", {})],
    "runs and repeats": [
        (60, "A1", "Hello", {}), (90, "", "And?", {}), (100, "A1", "Hello", {}), (130, "", "And?", {}),
    ],
    "a reply and a question at once": [(60, "A1", "Hello", {}), (60, "", "And?", {}), (90, "A1", "Well", {})],
    "a question and a reply at once": [(60, "", "And?", {}), (60, "A1", "Hello", {}), (90, "A1", "Well", {})],
    "many turns": [
        (second, "A1" if by_agent else "", None, {})
        for second, by_agent in (
            (30, False), (60, True), (120, True), (180, False), (200, False), (240, True), (300, True),
            (360, False), (420, True), (480, False), (540, False),
        )
    ],
}  # fmt: skip


def add_repeats(desk: Helpdesk) -> None:
    """REPEATS, and one text in two tickets that were merged."""
    monday = utc("2026-09-07T06:00:00")
    for name, messages in REPEATS.items():
        ticket_id = desk.ticket(monday, ticket_id=name)
        for seconds, agent, body, columns in messages:
            desk.message(
                ticket_id, monday + timedelta(seconds=seconds), "agent" if agent else "customer",
                author_id=agent or None, body=body, **columns,
            )  # fmt: skip
    survivor = desk.ticket(monday, ticket_id="the same in a merged one")
    absorbed = desk.ticket(monday, ticket_id="the merged one", merged_into_ticket_id=survivor)
    for seconds, ticket_id in ((60, survivor), (70, absorbed)):
        desk.message(ticket_id, monday + timedelta(seconds=seconds), "agent", author_id="A1", body="Hello")


def add_regressions(desk: Helpdesk) -> None:
    """Defects of this project's own, mended."""
    monday = utc("2026-09-07T06:00:00")  # 09:00 in Vilnius
    day = timedelta(days=1)
    for target, start, end in (
        (60, None, None),
        (10, "2026-09-07", "2026-09-09"),
        (5, "2026-09-08", "2026-09-09"),
    ):
        desk.raw.add(
            "helpdesk", "sla_targets", policy_id="temporary", metric="first_reply", clock="calendar",
            target_minutes=target, valid_from=start, valid_to=end,
        )  # fmt: skip
    for number in range(-1, 3):
        desk.ticket(
            monday + number * day, ticket_id=f"temporary {number}", sla_policy_id="temporary",
            replies=[(20, "agent")],
        )  # fmt: skip

    desk.ticket(monday, ticket_id="once merged", merged_into_ticket_id="absorbed", updated_at="2026-09-08")
    desk.ticket(monday, ticket_id="once merged", updated_at="2026-09-09", replies=[(30, "agent")])
    desk.ticket(monday - timedelta(minutes=10), ticket_id="absorbed", merged_into_ticket_id="once merged")

    for windows in ([(540, 720), (700, 900), (880, 1080)],):
        desk.schedule("chain", "UTC", {1: windows})
    ticket_id = desk.ticket(utc("2026-11-23T00:00:00"), ticket_id="overlap chain", schedule_id="chain")
    desk.message(ticket_id, utc("2026-11-24T00:00:00"), "agent")

    ticket_id = desk.ticket(monday, ticket_id="two parcels")
    for seconds, number in ((60, "4010203040506"), (80, "4010203040507"), (100, "4010203040507")):
        desk.message(
            ticket_id, monday + timedelta(seconds=seconds), "agent", author_id="A1", body=f"Parcel {number}"
        )

    start = minutes_ago(60)
    desk.ticket(
        start, ticket_id="to come", channel="to come", schedule_id="vilnius247", sla_policy_id="P60",
        replies=[(0, "customer"), (90, "agent"), (120, "customer")], status="closed",
    )  # fmt: skip
    desk.event("to come", minutes_ago(-45), "status", "open", "solved")
    desk.event("to come", minutes_ago(-46), "status", "solved", "closed")
    desk.event("to come", minutes_ago(-47), "schedule", "vilnius247", "nowhere")
    for ticket_id, sequences in (("twice to come", (1, 2)), ("twice to come, turned round", (2, 1))):
        desk.ticket(start, ticket_id=ticket_id)
        for sequence in sequences:
            change = ("pending", "open") if sequence == 1 else ("open", "solved")
            desk.event(ticket_id, minutes_ago(-45), "status", *change, sequence=sequence)
    desk.ticket(
        start, ticket_id="reopened to come", channel="to come", statuses=[(10, "solved"), (70, "open")],
        replies=[(5, "agent"), (65, "customer")],
    )  # fmt: skip
    desk.ticket(minutes_ago(-5), ticket_id="created to come", channel="to come")
    desk.ticket(
        start, ticket_id="customer to come", channel="to come", created_by="agent", replies=[(70, "customer")]
    )

    desk.ticket(monday, ticket_id="lent nothing", replies=[(30, "agent")])
    desk.ticket(
        monday - day, ticket_id="of the tester", customer_id="tester", merged_into_ticket_id="lent nothing",
        replies=[(1, "agent")],
    )  # fmt: skip

    desk.ticket(monday, ticket_id="solved at once", statuses=[(-1 / 60, "solved")], replies=[(0, "agent")])
    desk.ticket(monday, ticket_id="solved before", statuses=[(-3 / 60, "solved")], replies=[(0, "agent")])

    desk.ticket(
        monday, ticket_id="reopened by the reply",
        replies=[(0, "customer"), (1, "bot"), (500, "agent")], statuses=[(2, "solved"), (500, "open")],
    )  # fmt: skip

    for clock, solved in (("calendar", 630), ("business", 1470)):
        desk.raw.add(
            "helpdesk", "sla_targets", policy_id=f"exact {clock}", metric="agent_work", clock=clock,
            target_minutes=90,
        )  # fmt: skip
        desk.ticket(
            monday, ticket_id=f"exact {clock}", schedule_id="vilnius", sla_policy_id=f"exact {clock}",
            statuses=[(0, "open"), (60, "pending"), (600, "open"), (solved, "solved")],
        )  # fmt: skip
        for metric, minutes in (("agent_work", 60), ("requester_wait", 90)):
            desk.raw.add(
                "helpdesk", "sla_targets", policy_id=f"early {clock}", metric=metric, clock=clock,
                target_minutes=minutes,
            )  # fmt: skip
        desk.ticket(
            monday, ticket_id=f"early {clock}", schedule_id="vilnius", sla_policy_id=f"early {clock}",
            statuses=[(0, "open"), (60, "hold"), (120, "pending"), (300, "solved")],
        )  # fmt: skip

    desk.raw.add("helpdesk", "tickets", ticket_id="no seconds", created_at="2026-09-07T06:00Z", status="open")
    desk.raw.add(
        "helpdesk", "ticket_messages", message_id="no seconds", ticket_id="no seconds", author_type="agent",
        sent_at="2026-09-07T09:07+03:00",
    )  # fmt: skip
    # Listed in another order than that of METRICS §13 rule 25: time, sequence (none first), event_id.
    desk.ticket(monday, ticket_id="one moment", status="closed")
    for minute, sequence, value in (
        (30, None, "closed"), (10, 3, "solved"), (10, None, "open"), (10, 1, "pending"), (10, 1, "hold"),
    ):  # fmt: skip
        desk.event(
            "one moment", monday + timedelta(minutes=minute), "status", None, value, sequence=sequence
        )  # fmt: skip
    # Two changes of one moment, in either order of the file: anna had it first, bert when it was solved.
    for ticket_id, sequences in (("given twice", (1, 2)), ("given twice, turned round", (2, 1))):
        desk.ticket(monday, ticket_id=ticket_id, statuses=[(60, "solved")])
        for sequence in sequences:
            change = (None, "anna") if sequence == 1 else ("anna", "bert")
            at = monday + timedelta(minutes=20)
            desk.event(ticket_id, at, "assignee", *change, sequence=sequence)
    said = [(10, "pending"), (15, "pending"), (20, "open"), (25, "open"), (30, "closed")]
    desk.ticket(monday, ticket_id="said twice", statuses=said)
    ticket_id = desk.ticket(monday, ticket_id="moved before", replies=[(60, "agent")], schedule_id="vilnius")
    desk.event(ticket_id, utc("2019-01-01T00:00:00"), "schedule", "night", "vilnius")


def add_bots(desk: Helpdesk) -> None:
    """TV-BOT-1: 200 conversations with a bot, ended in each of the ways there are."""
    desk.raw.add("crm", "employees", employee_id="helper", role="bot")
    created = minutes_ago(60 * 24 * 60)
    for number in range(200):
        customer = f"BOT{number}"
        replies: list[tuple[float, str]] = [(0, "customer"), (1, "bot")]
        statuses: list[tuple[float, str]] = [(30, "solved")]
        if number < 60:
            replies += [(20, "agent")]
        elif number < 70:
            statuses = [(300, "solved")]
        elif number < 80:
            statuses = [(30, "closed")]
        elif number < 90:
            statuses = []
        elif number < 95:
            statuses += [(60 * 71, "open"), (60 * 90, "solved")]
        elif number < 105:
            desk.ticket(
                created + timedelta(hours=72), channel="recontact", customer_id=customer, topic="another"
            )
        elif number < 107:
            desk.ticket(created + timedelta(hours=73), channel="recontact", customer_id=customer)
        elif number < 109:
            # A person who comes in after the bot's end is no handoff.
            replies += [(60 * 24 * 20, "agent")]
        ticket_id = desk.ticket(
            created, channel="TV-BOT-1", customer_id=customer, replies=replies, statuses=statuses
        )
        if 60 <= number < 70:
            desk.event(ticket_id, created + timedelta(minutes=2), "assignee", None, "helper")
            desk.event(ticket_id, created + timedelta(minutes=10), "assignee", "helper", "anna")
    # Not a bot's: a person came first. Still running: nobody has closed it, and somebody wrote today.
    desk.ticket(created, ticket_id="person first", replies=[(1, "agent"), (2, "bot")], channel="no bot")
    desk.ticket(
        minutes_ago(90), ticket_id="with the bot", replies=[(1, "bot"), (2, "customer")], channel="no bot"
    )


def add_talks(desk: Helpdesk) -> None:
    """Conversations with a bot that were told wrongly once."""
    created, day = minutes_ago(60 * 24 * 90), 60 * 24
    # Its history begins with a reopening, a day before the bot says anything.
    desk.ticket(
        created, ticket_id="reopened before", channel="talks", status="solved",
        replies=[(0, "customer"), (day, "bot")],
    )  # fmt: skip
    for minute, old, new in ((5, "solved", "open"), (day + 30, "open", "solved")):
        desk.event("reopened before", created + timedelta(minutes=minute), "status", old, new)
    desk.ticket(
        created, ticket_id="bot after the end", channel="talks", replies=[(0, "customer"), (31, "bot")],
        statuses=[(30, "solved")],
    )  # fmt: skip
    desk.ticket(
        created, ticket_id="the bot's own", channel="talks", created_by="bot",
        replies=[(0, "bot"), (2 / 60, "customer"), (10, "bot")],
    )  # fmt: skip


STAFF_CARD_3 = [(45, 60), (70, 80), (33, 50), (88, 100), (52, 70), (61, 90)]


def add_staff(desk: Helpdesk) -> None:
    """TV-CARD-1 in the first quarter of 2026, TV-CARD-3 and TV-FUNNEL-2 in the second, as answers."""
    for survey, top in (("after contact", 5), ("after contact, to ten", 10)):
        desk.raw.add("surveys", "surveys", survey_id=survey, name=survey, programme="transactional")
        desk.raw.add(
            "surveys", "questions", question_id=f"satisfied, {top}", survey_id=survey, metric="csat",
            scale_min=1, scale_max=top,
        )  # fmt: skip
    # Company shares 0.70 by e-mail and 0.85 by chat, 0.80 over all; X has 28 of 40 and 8 of 10.
    groups = [("X", "email", 28, 40, "2026-02-02"), ("X", "chat", 8, 10, "2026-02-02")]
    groups += [("Y", "email", 42, 60, "2026-02-02"), ("Z", "chat", 162, 190, "2026-02-02")]
    groups += [
        (f"agent {number}", "email", satisfied, answers, "2026-05-05")
        for number, (satisfied, answers) in enumerate(STAFF_CARD_3, 1)
    ]
    groups += [("newcomer", "email", 23, 29, "2026-08-05")]
    # Thirteen of the third quarter differ by no more than chance, so everybody's share is theirs.
    groups += [(f"even {number}", "email", 24, 30, "2026-08-05") for number in range(13)]
    for employee, channel, satisfied, answers, day in groups:
        for number in range(answers):
            value = 5 if number < satisfied else 2
            response_id = f"{employee}-{channel}-{number}"
            answer(desk, response_id, value, day, channel=channel, employee_id=employee)
    # The assignee at the solution answers for the ticket, whoever the response names and has it today.
    start = utc("2026-09-07T06:00:00")
    desk.ticket(
        start, ticket_id="handed on", assignee_id="carl", replies=[(30, "agent")], statuses=[(60, "solved")],
        schedule_id="vilnius",
    )  # fmt: skip
    desk.event("handed on", start + timedelta(minutes=20), "assignee", None, "anna")
    desk.event("handed on", start + timedelta(minutes=50), "assignee", "anna", "bert")
    desk.event("handed on", start + timedelta(minutes=90), "assignee", "bert", "carl")
    answer(desk, "handed on", 5, "2026-09-08", ticket_id="handed on", employee_id="carl")
    # What a merged ticket is asked about is the survivor's; dora solved it, and the response names carl.
    start = utc("2025-07-07T06:00:00")
    desk.ticket(start, ticket_id="survivor", assignee_id="dora", statuses=[(60, "solved")])
    desk.ticket(start + timedelta(minutes=5), ticket_id="merged away", merged_into_ticket_id="survivor")
    answer(desk, "merged away", 5, "2025-07-08", ticket_id="merged away", employee_id="carl")
    # So is that of a call an agent logged and merged, though its messages count for nobody.
    desk.ticket(
        start + timedelta(minutes=9), ticket_id="logged call", created_by="agent", channel="phone",
        merged_into_ticket_id="merged away", replies=[(1, "agent")],
    )  # fmt: skip
    answer(desk, "logged call", 5, "2025-07-08", ticket_id="logged call", employee_id="carl")
    desk.raw.add(
        "surveys", "invitations", invitation_id="logged call", survey_id="after contact",
        ticket_id="logged call", sent_at="2025-07-08T08:00:00Z",
    )  # fmt: skip
    # Ten who may be compared, of whom the last is drawn in, and one whose kind of work satisfied nobody.
    for employee, channel, satisfied, answers in [
        *((f"ten {number}", "email", 30 if number == 9 else 20, 30) for number in range(10)),
        ("mute", "chat", 0, 30),
    ]:
        for number in range(answers):
            value = 5 if number < satisfied else 2
            name = f"{employee}-{number}"
            answer(desk, name, value, "2025-11-05", channel=channel, employee_id=employee)
    # 32 of 40 on the scale that most are asked on, and thirty of thirty on another.
    for number in range(70):
        value, top = (10, 10) if number >= 40 else (5, 5) if number < 32 else (2, 5)
        answer(desk, f"two scales {number}", value, "2025-05-05", top=top, employee_id="two scales")


def answer(desk: Helpdesk, response_id: str, value: int, day: str, top: int = 5, **columns: Any) -> None:
    """Add one response with one answer, on a scale from 1 to the top."""
    survey = "after contact" if top == 5 else "after contact, to ten"
    desk.raw.add(
        "surveys", "responses", response_id=response_id, survey_id=survey, responded_at=f"{day}T10:00:00Z",
        **columns,
    )  # fmt: skip
    desk.raw.add("surveys", "answers", response_id=response_id, question_id=f"satisfied, {top}", value=value)


def add_contacts(desk: Helpdesk) -> None:
    """TV-PROF-1: 340 tickets of January 2025 beside 1,250 customers who pay."""
    for number in range(1250):
        segment = "large" if number < 250 else "small"
        desk.raw.add("crm", "customers", customer_id=f"PROF{number}", segment=segment)
        desk.raw.add(
            "crm", "subscriptions", subscription_id=f"PROF{number}", customer_id=f"PROF{number}",
            started_at="2025-01-01", ended_at="2025-02-01", mrr=10,
        )  # fmt: skip
    for number in range(340):
        customer = number if number < 100 else number + 200
        desk.ticket(
            utc("2025-01-15T08:00:00"), channel="TV-PROF-1", customer_id=f"PROF{customer}",
            replies=[(1, "agent")], statuses=[(2, "solved")],
        )  # fmt: skip


def write_service_raw(folder: Path) -> Path:
    """Write all cases as raw files; gives the folder."""
    desk = Helpdesk()
    add_schedules(desk)
    add_vectors(desk)
    add_defects(desk)
    add_regressions(desk)
    add_bots(desk)
    add_talks(desk)
    add_staff(desk)
    add_contacts(desk)
    return desk.raw.write(folder)


Query = Callable[[str], list[tuple[Any, ...]]]
Ticket = Callable[..., tuple[Any, ...]]
