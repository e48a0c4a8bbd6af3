"""Rows at the edge of every data-quality rule: one that it meets, and one that it just does not."""

from raw_folder import RawFolder

VARIABLES = {"as_of": "2026-06-01T00:00:00Z", "source_time_zone": "Europe/Vilnius"}
NOON = "2026-05-10T12:00:00Z"

HITS = {
    ("1", "reject", "customers"): 1,
    ("1", "repair", "customers"): 3,
    ("1", "repair", "answers"): 2,
    ("1", "repair", "sla_targets"): 1,
    ("2", "warn", "customers"): 1,
    ("2", "warn", "sla_targets"): 1,
    ("3", "warn", "tickets"): 1,
    ("3", "warn", "responses"): 1,
    ("3", "warn", "touchpoints"): 1,
    ("4", "reject", "answers"): 2,
    ("4", "reject", "followups"): 1,
    ("4", "reject", "ticket_events"): 1,
    ("4", "reject", "ticket_messages"): 1,
    ("4", "reject", "subscription_changes"): 2,
    ("4", "warn", "events"): 1,
    ("4", "warn", "exposures"): 1,
    ("5", "reject", "subscriptions"): 5,
    ("5", "repair", "orders"): 1,
    ("5", "repair", "cancellations"): 1,
    ("6", "note", "orders"): 1,
    ("6", "note", "cancellations"): 1,
    ("6", "note", "subscriptions"): 6,
    ("7", "repair", "subscriptions"): 2,
    ("8", "reject", "cancellations"): 1,
    ("8", "reject", "orders"): 1,
    ("8", "repair", "subscriptions"): 3,
    ("9", "reject", "answers"): 2,
    ("10", "warn", "questions"): 1,
    ("10", "reject", "questions"): 2,
    ("11", "repair", "answers"): 4,
    ("11", "reject", "answers"): 2,
    ("12", "repair", "questions"): 1,
    ("12", "warn", "questions"): 1,
    ("13", "repair", "responses"): 4,
    ("13", "repair", "tickets"): 3,
    ("14", "repair", "responses"): 1,
    ("15", "warn", "responses"): 1,
    ("16", "repair", "responses"): 2,
    ("16", "reject", "responses"): 1,
    ("17", "repair", "responses"): 43,
    ("18", "warn", "invitations"): 1,
    ("19", "repair", "answers"): 1,
    ("20", "repair", "answers"): 1,
    ("20", "repair", "tickets"): 1,
    ("20", "repair", "cancellations"): 1,
    ("20", "repair", "research_findings"): 1,
    ("20", "warn", "contacts"): 1,
    ("21", "repair", "cancellations"): 3,
    ("21", "repair", "research_findings"): 1,
    ("21", "warn", "answers"): 1,
    ("21", "warn", "research_findings"): 1,
    ("22", "repair", "customers"): 9,
    ("22", "repair", "customer_history"): 1,
    ("22", "repair", "tickets"): 1,
    ("22", "repair", "contacts"): 1,
    ("22", "warn", "customers"): 1,
    ("22", "warn", "tickets"): 1,
    ("23", "warn", "cancellations"): 1,
    ("24", "warn", "tickets"): 1,
    ("25", "repair", "ticket_events"): 1,
    ("26", "warn", "ticket_messages"): 2,
    ("27", "repair", "ticket_messages"): 1,
    ("28", "repair", "tickets"): 1,
    ("28", "reject", "tickets"): 2,
    ("29", "reject", "schedules"): 3,
    ("30", "warn", "holidays"): 1,
    ("31", "warn", "sla_targets"): 1,
    ("32", "reject", "subscriptions"): 2,
    ("32", "reject", "subscription_changes"): 1,
    ("32", "repair", "subscriptions"): 1,
    ("33", "warn", "subscriptions"): 1,
    ("34", "warn", "subscriptions"): 1,
    ("35", "warn", "subscription_changes"): 1,
    ("36", "reject", "subscriptions"): 1,
    ("38", "warn", "cancellations"): 1,
    ("39", "warn", "cancellations"): 1,
    ("40", "warn", "contacts"): 1,
    ("41", "warn", "customers"): 51,
    ("44", "warn", "touchpoints"): 1,
    ("44", "warn", "responses"): 1,
    ("45", "repair", "mentions"): 2,
    ("45", "repair", "reviews"): 1,
    ("46", "reject", "reviews"): 2,
    ("47", "repair", "sessions"): 3,
    ("49", "reject", "exposures"): 4,
    ("49", "warn", "initiatives"): 2,
    ("50", "reject", "subscriptions"): 2,
    ("50", "repair", "subscriptions"): 4,
    ("51", "repair", "subscriptions"): 2,
    ("51", "repair", "holidays"): 1,
    ("42", "warn", "reviews"): 1,
    ("43", "warn", "mentions"): 1,
    ("52", "repair", "customers"): 3,
    ("52", "repair", "orders"): 1,
    ("contract.required", "reject", "orders"): 1,
    ("contract.domain", "reject", "cancellations"): 1,
    ("contract.domain", "reject", "exposures"): 1,
    ("contract.domain", "reject", "research_findings"): 1,
    ("contract.domain", "reject", "questions"): 1,
    ("contract.domain", "reject", "schedules"): 1,
    ("contract.domain", "reject", "ticket_events"): 1,
    ("contract.domain", "reject", "tickets"): 1,
    ("contract.boolean", "reject", "contacts"): 1,
}
"""Rows each rule meets, by rule, action and table; every other rule and table meets none."""


def rule_vectors() -> RawFolder:
    """All tables; nothing is said of a row that nothing is wrong with."""
    raw = RawFolder()
    customers(raw)
    contracts(raw)
    cancellations(raw)
    commerce(raw)
    helpdesk(raw)
    calendars(raw)
    forms(raw)
    answers(raw)
    voices(raw)
    research(raw)
    website(raw)
    initiatives(raw)
    return raw


def customers(raw: RawFolder) -> None:
    def customer(key: str | None, **row: object) -> None:
        raw.add("crm", "customers", **{"customer_id": key, "updated_at": NOON, **row})

    customer("c1", segment="large", acquired_at="2025-01-01T00:00:00Z")
    customer("c1", segment="Large", updated_at="2026-05-01T00:00:00Z")  # older
    customer("c2", segment="small", city="A")
    customer("c2", segment="small", city="B")  # of the same age and not the same
    customer("c3", is_test="yes", segment="LARGE")
    customer("c4", segment="mid size")
    customer("c4", segment="mid size")  # the same row again
    customer("c5", segment="mid\u00a0size")
    customer(None)
    # Look-alikes: Cyrillic letters in Latin words and Latin ones in Cyrillic words; full width.
    customer("c6", segment="l\u0430rge", persona="\u0412uyer")
    customer("c7", persona="\u041cO\u0421\u041a\u0412\u0410", country="\uff2c\uff34")
    # Words of two alphabets beside each other are none, and neither are letters without a twin.
    customer(
        "c8", segment="VIP \u043a\u043b\u0438\u0435\u043d\u0442", persona="\u0437\u0430\u043a\u0430\u0437 SOS"
    )
    customer("c9", persona="\u0448log")
    # The commonest spelling counts, of two as common the one in small letters.
    customer("c10", segment="Small")
    customer("c11", segment="Mid  Size", region="North")
    customer("c12", segment="midsize", region="north")
    customer("c13", segment="SMB", region="North-West")
    customer("customer_id", segment="segment", updated_at="updated_at")
    customer(" Customer_ID ", segment="segment", updated_at="updated_at")
    customer('{"ImportId":"QID1"}', segment='{"ImportId":"QID2"}')
    customer("customer_id_2")
    customer("Import")

    def history(attribute: str, value: str, day: str) -> None:
        raw.add("crm", "customer_history", customer_id="c1", attribute=attribute, value=value, valid_from=day)

    history("segment", "LARGE", "2025-01-01")
    history(" Segment", "large", "2025-02-01")
    history("persona", "LARGE", "2025-01-01")
    history("region", "North", "2025-01-01")
    for number in range(51):
        customer(f"migrated{number}", acquired_at="2024-01-01T10:00:00Z")
    for number in range(50):
        customer(f"won{number}", acquired_at="2024-01-02T10:00:00Z")

    def contact(key: str, customer_id: str, email: str, is_employee: str = "") -> None:
        raw.add(
            "crm", "contacts",
            contact_id=key, customer_id=customer_id, email=email, is_employee=is_employee,
        )  # fmt: skip

    contact("p1", "c1", "ann@one.example")
    contact("p2", "c2", "Ann@one.example")
    contact("p3", "c1", "bob@one.example")
    contact("p4", "c1", "bob@one.example")
    contact("p5", "c2", "staff@us.example", "Yes")
    contact("p6", "c2", "x@y.example", "perhaps")
    contact("p7@one.example", "c2", "")
    raw.add("crm", "employees", employee_id="e1", name="Eve", role="agent")
    raw.add("crm", "employees", employee_id="e2", name="Robot", role="bot")


def contracts(raw: RawFolder) -> None:
    def subscription(key: str, **row: object) -> None:
        raw.add(
            "crm", "subscriptions",
            **{
                "subscription_id": key, "customer_id": key, "started_at": "2026-01-01T00:00:00Z",
                "mrr": "10", "product": None, "ended_at": None, "currency": None, "status": None, **row,
            },
        )  # fmt: skip

    first = {"customer_id": "c1", "product": "A"}
    subscription("s1", **first, ended_at="2026-03-01T00:00:00Z")
    subscription("s2", **first, started_at="2026-02-01T00:00:00Z", ended_at="2026-03-15T00:00:00Z")
    subscription("s3", **first, started_at="2026-03-15T00:00:00Z", ended_at="2026-03-20T00:00:00Z")
    subscription("unpaid", mrr="0")
    subscription("negative", mrr="-1")
    subscription("backwards", ended_at="2025-12-31T23:59:59Z")
    subscription("never", ended_at="2026-01-01T00:00:00Z")
    subscription("dollars", currency="USD")
    subscription("euros", currency="eur")
    subscription("no_end", status="Cancelled")
    subscription("has_end", status="cancelled", ended_at="2026-03-01T00:00:00Z")
    for number, mrr in enumerate(
        ["4,5", "1 200", "1.234,50", "1,234.50", "12.5", "1,200", "99999999999999999"]
    ):
        subscription(f"mrr{number}", mrr=mrr)
    for number, started_at in enumerate(
        [
            *("45987", "45987.5", "1767225600", "1767225600000", "1767225600000000"),  # days, s, ms, µs
            *("38352", "1104537599", "yesterday"),  # before 2005, before 2005, never
            *("2026-03-29 03:30:00", "2025-10-26 03:30:00"),  # skipped, twice
            *("2026-03-29 02:59:59", "2026-03-29 04:00:00", "2025-10-26 02:59:59", "2025-10-26 04:00:00"),
            "2025-10-26 03:30:00+02",
            *("infinity", "epoch"),  # instants to some databases, not to the contract
        ]
    ):
        subscription(f"start{number}", started_at=started_at)

    def change(key: str, subscription_id: str, mrr: str) -> None:
        raw.add(
            "crm", "subscription_changes",
            change_id=key, subscription_id=subscription_id, effective_at=NOON, kind="price", mrr=mrr,
        )  # fmt: skip

    change("jump", "s1", "80")
    change("step", "s2", "70")
    change("orphan", "nothing", "70")
    change("of_rejected", "negative", "70")
    change("below", "s3", "-5")


def cancellations(raw: RawFolder) -> None:
    def cancellation(key: str, customer_id: str = "c1", **row: object) -> None:
        raw.add(
            "crm", "cancellations",
            **{
                "cancellation_id": key, "customer_id": customer_id, "requested_at": NOON,
                "initiator": "customer", "reason": "too_expensive", "reason_text": None, **row,
            },
        )  # fmt: skip

    cancellation("ended", requested_at="2026-03-01T10:00:00Z")
    cancellation("stayed", "c2", requested_at="2026-03-01T10:00:00Z")
    cancellation("martians", reason="martians")
    cancellation("words", reason=None, reason_text="Write to ann@one.example")
    cancellation("silent", reason=None)
    cancellation("future", requested_at="2026-06-02T00:00:01Z")
    cancellation("tomorrow", requested_at="2026-06-02T00:00:00Z")
    cancellation("day", requested_at="2026-05-10")
    cancellation("alien", initiator="alien")
    cancellation("padded", initiator=" Customer ")
    for encoding, text in (
        ("cp1257", "Ąžuolas, ėdžios"),
        ("cp1251", "Привет, мир"),
        ("cp1252", "Zoé à Köln"),
    ):
        misread = text.encode().decode(encoding)
        cancellation(f"misread_{encoding}", reason_text=misread)
    cancellation("read", reason_text="Ärger über Ångström, Рига, ąžuolas")


def commerce(raw: RawFolder) -> None:
    def order(key: str, customer_id: str | None, ordered_at: str) -> None:
        raw.add("crm", "orders", order_id=key, customer_id=customer_id, ordered_at=ordered_at, amount="5")

    order("day", "c1", "2026-05-10")
    order("moment", "c1", "2026-05-30T00:00:00Z")
    order("old", "c1", "1999-12-31T23:59:59Z")
    order("oldest", "c1", "2000-01-01T00:00:00Z")
    order("nobody", None, NOON)
    order("ImportId", "c1", "ImportId")
    for key, customer_id in (("t1", "c1"), ("t2", "nobody"), ("t3", None)):
        raw.add(
            "crm", "touchpoints",
            touchpoint_id=key, customer_id=customer_id, occurred_at="2026-05-29T23:59:59Z", channel="phone",
        )  # fmt: skip


def helpdesk(raw: RawFolder) -> None:
    def ticket(key: str, **row: object) -> None:
        raw.add(
            "helpdesk", "tickets",
            **{
                "ticket_id": key, "customer_id": "c1", "created_at": "2026-05-31T12:00:00Z", "status": "open",
                "channel": "email", "is_spam": None, "is_test": None, "subject": None,
                "merged_into_ticket_id": None, **row,
            },
        )  # fmt: skip

    ticket("k1", channel="Email")
    ticket("k2", customer_id="nobody", channel="chat", created_at="2025-05-01T00:00:00Z")
    ticket("k3", customer_id=None, subject="Call +370 600 12345", channel="live chat")
    ticket("k4", channel="livechat")
    ticket("spam", is_spam="1")
    ticket("test", is_test="T")
    ticket("of_test", customer_id="c3", subject="Order 12345")
    ticket("closed", status="closed")
    ticket("solved", status=" SOLVED ")
    ticket("merged", merged_into_ticket_id="k1")
    ticket("round", merged_into_ticket_id="about")
    ticket("about", merged_into_ticket_id="round")
    ticket("lost", status="lost")

    def event(
        key: str, ticket_id: str, occurred_at: str = "2026-05-31T13:00:00Z", value: str = "solved"
    ) -> None:
        raw.add(
            "helpdesk", "ticket_events",
            event_id=key, ticket_id=ticket_id, occurred_at=occurred_at, field="status", new_value=value,
        )  # fmt: skip

    event("ev1", "solved")
    event("ev2", "k1", "2026-05-31T11:59:59Z", "open")
    event("ev3", "k1", "2026-05-31T12:00:00Z", "open")
    event("ev4", "nothing")
    event("ev5", "k1", value="weird")

    def message(key: str, ticket_id: str, author_type: str, author_id: str) -> None:
        raw.add(
            "helpdesk", "ticket_messages",
            message_id=key, ticket_id=ticket_id, sent_at="2026-05-31T14:00:00Z", author_type=author_type,
            author_id=author_id, body=f"{key} ?????\u00a0ann@one.example",
        )  # fmt: skip

    message("m1", "k1", "customer", "c1")
    message("m2", "k1", "customer", "e1")
    message("m3", "k1", "agent", "e1")
    message("m4", "k1", "agent", "e2")
    message("m5", "nothing", "agent", "e1")
    message("m6", "k1", "agent", "c1")
    message("m7", "k1", "agent", "somebody")


def calendars(raw: RawFolder) -> None:
    def target(policy: str, minutes: int, valid_from: str | None) -> None:
        raw.add(
            "helpdesk", "sla_targets",
            policy_id=policy, metric="first_reply", target_minutes=minutes, clock="calendar",
            valid_from=valid_from,
        )  # fmt: skip

    target("undated", 60, None)
    target("undated", 30, None)
    target("dated", 60, "2025-01-01")
    target("dated", 30, "2026-01-01")

    def opening(weekday: int, opens: int, closes: int, zone: str = "Europe/Vilnius") -> None:
        raw.add(
            "helpdesk", "schedules",
            schedule_id="sch", time_zone=zone, weekday=weekday, opens_minute=opens, closes_minute=closes,
        )  # fmt: skip

    opening(1, 540, 1020)
    opening(1, 1020, 1080)
    opening(1, 1000, 1030)
    opening(2, 540, 540)
    opening(3, 540, 541)
    opening(4, 540, 1020, "Europe/Atlantis")
    opening(8, 540, 1020)
    raw.add("helpdesk", "holidays", schedule_id="sch", holiday_date="2026-01-01", name="New Year")
    raw.add("helpdesk", "holidays", schedule_id="sch", holiday_date="46174", name="Children's Day")


def forms(raw: RawFolder) -> None:
    raw.add("surveys", "surveys", survey_id="sv", programme="relational")

    def question(
        key: str, metric: str, low: object = None, high: object = None, direction: object = None
    ) -> None:
        raw.add(
            "surveys", "questions",
            question_id=key, survey_id="sv", metric=metric, scale_min=low, scale_max=high,
            direction=direction,
        )  # fmt: skip

    question("nps", "nps")
    question("nps5", "nps", 0, 5)
    question("sat", "csat", 1, 5)
    question("unsat", "csat", 1, 5)
    question("csi", "csi", 1, 10)
    question("effort", "ces1", direction=-1)
    question("text", "comment")
    question("no_scale", "csat")
    question("upside_down", "csat", 5, 5)
    question("sideways", "csat", 1, 5, 2)

    def invitation(key: str, contact: str, sent_at: str) -> None:
        raw.add(
            "surveys", "invitations", invitation_id=key, survey_id="sv", contact_id=contact, sent_at=sent_at
        )

    invitation("i1", "p1", "2026-04-01T12:00:00Z")
    invitation("i2", "p1", "2026-04-20T12:00:00Z")
    invitation("i3", "p1", "2026-05-20T12:00:00Z")

    def response(key: str, minute: str = "12:00", **row: object) -> None:
        raw.add(
            "surveys", "responses",
            **{
                "response_id": key, "survey_id": "sv", "responded_at": f"2026-05-20T{minute}:00Z",
                "invitation_id": None, "customer_id": None, "contact_id": None, "status": None,
                "is_test": None, **row,
            },
        )  # fmt: skip

    for number in range(30):
        response(f"r{number}")
    response("same")
    response("nearly_same")
    response("of_nobody", customer_id="nobody")
    response("preview", status="preview")
    response("test", is_test="true")
    response("of_staff", contact_id="p5")
    response("of_test", customer_id="c3")
    response("once", "13:00", customer_id="c1")
    response("twice", "13:10", customer_id="c1")
    response("late_once", "13:00", customer_id="c2")
    response("late_twice", "13:11", customer_id="c2")
    response("edited")
    response("clock1", "11:56", invitation_id="i3")
    response("clock5", "11:55", invitation_id="i3")
    response("clock6", "11:54", invitation_id="i3")
    response("words")


def answers(raw: RawFolder) -> None:
    def answer(
        response: str, question: str, value: object, number: object = None, updated: object = None
    ) -> None:
        raw.add(
            "surveys", "answers",
            response_id=response, question_id=question, value=value, answer_no=number, updated_at=updated,
        )  # fmt: skip

    for number in range(30):
        answer(f"r{number}", "nps", number % 11)
        answer(f"r{number}", "sat", 1 + number % 11 // 3)
        answer(f"r{number}", "unsat", 5 - number % 11 // 3)
    for number in range(1, 9):
        answer("same", "csi", 7, number)
        answer("nearly_same", "csi", 7 if number < 8 else 8, number)
    for response in ("once", "twice", "late_once", "late_twice"):
        answer(response, "nps", 9)
    answer("edited", "nps", 3)
    answer("edited", "nps", 4, updated="2026-05-27T12:00:00Z")  # within the window: the original goes
    answer("edited", "sat", 3)
    answer("edited", "sat", 4, updated="2026-05-27T12:00:01Z")  # too late
    answer("words", "nps", "9/10")
    answer("words", "nps", "10 – definitely", 2)
    answer("words", "nps", "８", 3)
    answer("words", "nps", "нет ответа", 4)
    answer("words", "nps", "", 5)
    answer("words", "nps", "9/100", 6)
    answer("words", "nps", "7 or 8", 7)
    answer("words", "nps", 11, 8)
    answer("words", "nps", "9.5", 9)
    answer("words", "nps", "9.0", 10)
    answer("words", "text", "N/A ???? ann at one.example", 1)
    answer("words", "text", "????? ann@one.example", 2)
    answer("nothing", "nps", 9)
    answer("words", "no_scale", 9)
    raw.add("surveys", "followups", followup_id="f1", response_id="words", opened_at=NOON)
    raw.add("surveys", "followups", followup_id="f2", response_id="nothing", opened_at=NOON)


def voices(raw: RawFolder) -> None:
    def review(key: str, rating: object, rating_max: object, is_removed: object = None) -> None:
        raw.add(
            "voice", "reviews",
            review_id=key, platform="web", posted_at=NOON, rating=rating, rating_max=rating_max,
            is_removed=is_removed,
        )  # fmt: skip

    review("v1", 5, 5)
    review("v2", 6, 5)
    review("v3", 4, None)
    review("v4", None, None)
    review("v5", 1, 5, "true")
    for key, updated_at in (("v6", "2026-06-15T00:00:00Z"), ("v7", "2026-06-15T00:00:01Z")):
        raw.add("voice", "reviews", review_id=key, platform="web", posted_at=NOON, updated_at=updated_at)
    # Ten a day for four weeks; three on the last day are few enough not to be too few, two are.
    for day in range(28):
        posted_at = f"2026-05-{day + 3:02}T12:00:00Z"
        for number in range(10):
            key = f"{day}.{number}"
            raw.add("voice", "reviews", review_id=f"w{key}", platform="web", posted_at=posted_at)
            raw.add("voice", "mentions", mention_id=f"w{key}", platform="x", posted_at=posted_at)
    for number in range(3):
        last = "2026-05-31T12:00:00Z"
        raw.add("voice", "reviews", review_id=f"last{number}", platform="web", posted_at=last)
        if number:
            raw.add("voice", "mentions", mention_id=f"last{number}", platform="x", posted_at=last)
    for key, is_own, is_repost in (("n1", "", ""), ("n2", "1", ""), ("n3", "", "1")):
        raw.add(
            "voice", "mentions",
            mention_id=key, platform="x", posted_at=NOON, is_own=is_own, is_repost=is_repost,
        )  # fmt: skip


def research(raw: RawFolder) -> None:
    def finding(key: str, statement: str, quote: str | None = None, method: str = "Interview ") -> None:
        raw.add(
            "voice", "research_findings",
            finding_id=key, study="s", method=method, found_at=NOON, statement=statement, quote=quote,
        )  # fmt: skip

    finding("f1", "Waits", "Call me: +370 600 12345")
    finding("f2", "Q1 2026", "9 of 10")
    finding("f3", "?????")
    finding("f4", "????")
    finding("f5", "Привет, мир".encode().decode("cp1251"))
    finding("f6", "Waits", method="guess")


def website(raw: RawFolder) -> None:
    def session(key: str, ended_at: str = "2026-05-31T10:00:01Z", **row: object) -> None:
        raw.add(
            "web", "sessions",
            **{
                "session_id": key, "started_at": "2026-05-31T10:00:00Z", "ended_at": ended_at,
                "page_views": 1, "is_internal": None, **row,
            },
        )  # fmt: skip

    session("w1")
    session("w2", is_internal="t")
    session("w3", "2026-06-01T10:00:00Z")
    session("w4", "2026-06-01T10:00:01Z")
    session("w5", page_views=0)
    session("w6", page_views=0)
    for key, session_id in (("g1", "w6"), ("g2", "nowhere")):
        raw.add(
            "web", "events", event_id=key, session_id=session_id, occurred_at="2026-05-31T10:00:00Z", name="x"
        )


def initiatives(raw: RawFolder) -> None:
    for key in ("compared", "alone", "nobody"):
        raw.add("initiatives", "initiatives", initiative_id=key, started_at=NOON)

    def exposure(initiative: str, unit: str, arm: str, start: str | None = "2026-05-01") -> None:
        raw.add(
            "initiatives", "exposures",
            initiative_id=initiative, unit_type="customer", unit_id=unit, arm=arm, exposed_from=start,
        )  # fmt: skip

    exposure("compared", "c1", "treated")
    exposure("compared", "c2", "Control")
    exposure("compared", "c3", "treated")
    exposure("compared", "c3", "control", "2026-06-01")
    exposure("compared", "c3", "control", "2026-07-01")
    exposure("compared", "c3", "TREATED", "2026-08-01")
    # In another arm of another initiative, and beside a row that is none.
    exposure("alone", "c1", "treated")
    exposure("alone", "c2", "treated")
    exposure("alone", "c2", "watched")
    exposure("nothing", "c1", "control")
