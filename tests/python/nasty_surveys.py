"""Surveys whose raw rows hold everything that can go wrong, from a seed."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from nasty_helpdesk import REPORTING_ZONES, ZONES
from oracle_feedback import Settings, reference
from oracle_service import instant
from raw_folder import RawFolder

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# Programme, touchpoint, stage, channel, share of responses; questions: metric, attribute, scale, direction.
SURVEYS: dict[str, Any] = {
    "rel": ("relational", None, "use", "email", 30, [
        ("nps", None, 0, 10, None), ("csat", None, 1, 5, None), ("csi", "quality", 1, 10, None),
        ("csi", "speed", 1, 10, None), ("csi", "staff", 1, 10, 1), ("csi_importance", "quality", 1, 10, None),
        ("csi_importance", "speed", 1, 10, None), ("csi_importance", "staff", 1, 10, None),
        ("acsi_overall", None, 1, 10, None), ("acsi_expectation", None, 1, 10, None),
        ("acsi_ideal", None, 1, 10, None), ("comment", None, None, None, None),
    ]),
    "rel2": ("relational", "renewal", None, None, 8, [
        ("nps", None, 0, 10, None), ("csat", None, 1, 7, None), ("csi", "quality", 1, 5, None),
        ("csi", "price", 1, 10, -1), ("comment", None, None, None, None),
    ]),
    "txn": ("transactional", "ticket", "support", None, 30, [
        ("csat", None, 1, 5, None), ("nps", None, 0, 10, None), ("ces2", None, 1, 7, None),
        ("comment", None, None, None, None),
    ]),
    "visit": ("transactional", None, None, "office", 16, [
        ("csat", None, 0, 1, None), ("ces5", None, 1, 5, None), ("ces1", None, 1, 5, -1),
        ("emotion", None, None, None, None),
    ]),
    "order": ("transactional", "delivery", None, "sms", 10, [
        ("csat", None, 1, 3, -1), ("nps", None, 1, 10, None), ("csi", "courier", 1, 10, None),
    ]),
    "bye": ("exit", None, "exit", None, 6, [
        ("reason", None, None, None, None), ("nps", None, 0, 10, None), ("csat", None, 1, 10, None),
    ]),
    "why": ("exit", "leaving", None, None, 3, [
        ("reason", None, None, None, None), ("comment", None, None, None, None),
    ]),
    "study": ("study", None, None, "phone", 8, [
        ("csi", "quality", 1, 10, None), ("csi", "speed", 1, 10, None),
        ("csi_importance", "quality", 1, 10, None), ("csat", None, 0, 10, None), ("nps", None, 0, 10, None),
    ]),
}  # fmt: skip
PATTERNS = reference("theme_patterns")
FILLERS = {
    "en": ["it", "was", "very", "and", "the", "for", "us", "with", "quite"],
    "ru": ["это", "было", "очень", "для", "нас", "вполне", "тут"],
    "lt": ["tai", "buvo", "labai", "mums", "čia", "visai"],
}
NEGATIONS = {
    language: [row["word"] for row in reference("negations") if row["language"] == language]
    for language in FILLERS
}
EMOTIONS = ["joy", "anger", "surprise", "Happy", "meh", "trust"]


def nasty_settings(rng: random.Random) -> Settings:
    """Variables of a build: where it stands in the year decides which clock changes it meets."""
    as_of = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=rng.randrange(300 * 86400))
    return Settings(
        as_of=as_of,
        source_zone=ZoneInfo(rng.choice(ZONES)),
        reporting_zone=ZoneInfo(rng.choice(REPORTING_ZONES)),
    )


class NastySurveys:
    """Raw rows of a company that asks its customers."""

    def __init__(self, rng: random.Random, settings: Settings, responses: int = 1200) -> None:
        """Write all rows."""
        self.rng, self.settings, self.raw = rng, settings, RawFolder()
        self.first_day = settings.as_of - 430 * DAY
        self.answers: list[dict[str, Any]] = []
        self.customers = [f"C{number:02}" for number in range(60)]
        self.contacts = {f"K{number:03}": rng.choice([*self.customers, "C99"]) for number in range(110)}
        self._people()
        self._surveys()
        for number in range(responses):
            self._contact_with(number)
        self._voice()
        for number in range(300):
            self.raw.add(
                "crm", "touchpoints", touchpoint_id=f"P{number:03}", occurred_at=self.written(self._moment()),
                channel=rng.choice(["email", "phone", "chat", "sms", "office", "office", "pigeon"]),
            )  # fmt: skip
        rng.shuffle(self.answers)
        for row in self.answers:
            self.raw.add("surveys", "answers", **row)

    def chance(self, share: float) -> bool:
        """True with this probability."""
        return self.rng.random() < share

    def written(self, at: datetime) -> str:
        """An instant the way some system exports it: with an offset, or naive in the source zone."""
        kind = self.rng.randrange(4)
        if kind == 0:
            return at.astimezone(self.settings.source_zone).replace(tzinfo=None).isoformat(sep=" ")
        if kind == 1:
            return at.astimezone(ZoneInfo(self.rng.choice(ZONES))).isoformat()
        return at.isoformat().replace("+00:00", "Z")

    def _people(self) -> None:
        rng = self.rng
        for number, name in enumerate(self.customers):
            self.raw.add(
                "crm", "customers", customer_id=name, segment=rng.choice(["large", "small", "small", None]),
                persona=rng.choice(["buyer", "user"]), country=rng.choice(["LT", "LV", None]),
                region=rng.choice(["north", "south"]), language=rng.choice(["en", "lt"]),
                is_test="yes" if number < 2 else None, updated_at=None,
            )  # fmt: skip
            if self.chance(0.4):
                cut = (self.first_day + rng.randrange(430) * DAY).date()
                start = cut - timedelta(days=rng.choice([1, 30, 200]))
                attribute = rng.choice(["segment", "segment", "persona", "region", "language"])
                for valid_from, valid_to in ((start, cut), (cut, None)):
                    self.raw.add(
                        "crm", "customer_history", customer_id=name, attribute=attribute,
                        value=rng.choice(["large", "small", "tiny", None]), valid_from=valid_from,
                        valid_to=valid_to,
                    )  # fmt: skip
            if self.chance(0.8):
                started = self.first_day - rng.randrange(-200, 300) * DAY
                self.raw.add(
                    "crm", "subscriptions", subscription_id=f"S{name}", customer_id=name, plan="basic",
                    started_at=started.date(), mrr=rng.choice([10, 50, 100, 900]),
                    ended_at=(started + rng.randrange(20, 700) * DAY).date() if self.chance(0.4) else None,
                )  # fmt: skip
        for name, team, office in (("E1", "north", "Riga"), ("E2", "south", None), ("E3", None, "Oslo")):
            self.raw.add("crm", "employees", employee_id=name, role="agent", team=team, office=office)
        # A newer row makes a customer a test, and an older one does not.
        self.raw.add("crm", "customers", customer_id="C02", is_test="true", updated_at="2025-06-01")
        self.raw.add("crm", "customers", customer_id="C03", segment="large", updated_at="2025-06-02")
        self.raw.add("crm", "customers", customer_id="C03", is_test="true", updated_at="2025-06-01")
        for number, (name, customer) in enumerate(self.contacts.items()):
            self.raw.add(
                "crm", "contacts", contact_id=name, customer_id=customer,
                is_employee="true" if number < 3 else None, updated_at=None,
            )  # fmt: skip

    def _surveys(self) -> None:
        for name, (programme, touchpoint, stage, channel, _, questions) in SURVEYS.items():
            self.raw.add(
                "surveys", "surveys", survey_id=name, name=name, programme=programme, touchpoint=touchpoint,
                stage=stage, channel=channel,
            )  # fmt: skip
            for number, (metric, attribute, low, high, direction) in enumerate(questions):
                self.raw.add(
                    "surveys", "questions", question_id=f"{name}_{number}", survey_id=name, metric=metric,
                    attribute=attribute, scale_min=low, scale_max=high, direction=direction,
                )  # fmt: skip

    def _moment(self) -> datetime:
        """An instant in the time of the company, often near the border of a month."""
        rng = self.rng
        at = self.first_day + timedelta(seconds=rng.randrange(430 * 86400))
        if self.chance(0.15):
            local = at.astimezone(self.settings.reporting_zone).replace(day=1, hour=0, minute=0, second=0)
            at = local.astimezone(UTC) + timedelta(seconds=rng.choice([-7200, -1, 0, 1, 3600]))
        if self.chance(0.1):
            at = at.replace(day=1 + at.day // 8 * 7, hour=12, minute=0, second=0)
        if self.chance(0.005):
            at = self.settings.as_of + timedelta(hours=rng.choice([3, 40]))
        return at

    def _contact_with(self, number: int) -> None:
        """An invitation, a response, or both."""
        rng = self.rng
        survey = rng.choices(list(SURVEYS), [row[4] for row in SURVEYS.values()])[0]
        at = self._moment()
        person: dict[str, Any] = {"customer_id": None, "contact_id": None}
        kind = rng.choices(["contact", "customer", "both", "nobody"], [50, 25, 15, 10])[0]
        if kind in ("contact", "both"):
            person["contact_id"] = rng.choice([*self.contacts, "K999"])
        if kind in ("customer", "both"):
            person["customer_id"] = rng.choice([*self.customers, "C99"])
        invitation_id = None
        if self.chance(0.75):
            invitation_id = f"I{number:05}"
            if not self._invitation(invitation_id, survey, person, at):
                return
            early = rng.randrange(-60, 0) if self.chance(0.1) else 0
            at += rng.choice([
                rng.randrange(-4, 0) * MINUTE, early * MINUTE, timedelta(hours=rng.randrange(1, 100)),
                timedelta(hours=rng.randrange(1, 100)), 14 * DAY, 30 * DAY, rng.randrange(10, 40) * DAY,
                14 * DAY + timedelta(seconds=1),
            ])  # fmt: skip
            if at > self.settings.as_of and self.chance(0.95):
                return
        if self.chance(0.1):
            person = {"customer_id": None, "contact_id": None}
        self._response(f"R{number:05}", survey, person, invitation_id, at)
        if self.chance(0.1):
            # Visits of one person to one place, around the edge of the cooldown.
            for visit in "xyz"[: rng.choice([1, 2, 3])]:
                self._response(f"R{number:05}{visit}", survey, person, None, at, touchpoint="ticket")
                at += rng.choice([30 * DAY, 30 * DAY - timedelta(seconds=1), 20 * DAY, 31 * DAY])

    def _invitation(self, name: str, survey: str, person: dict[str, Any], at: datetime) -> bool:
        """An invitation; true if somebody answers it."""
        rng = self.rng
        bounced = self.chance(0.06)
        answers = self.chance(0.03) if bounced else self.chance(0.7)
        self.raw.add(
            "surveys", "invitations", invitation_id=name, survey_id=survey, **person,
            channel=rng.choice(["email", "sms", None]), sent_at=self.written(at),
            delivered_at=None if bounced else self.written(at + MINUTE),
            bounced_at=self.written(at + MINUTE) if bounced else None,
            started_at=self.written(at + MINUTE) if self.chance(0.55 if answers else 0.1) else None,
            opted_out_at=self.written(at + MINUTE) if self.chance(0.03) else None,
        )  # fmt: skip
        return answers

    def _response(
        self,
        name: str,
        survey: str,
        person: dict[str, Any],
        invitation_id: str | None,
        at: datetime,
        **fixed: str,
    ) -> None:
        rng = self.rng
        row: dict[str, Any] = {
            "response_id": name, "survey_id": "ghost" if self.chance(0.01) else survey,
            "invitation_id": invitation_id, **person,
            "channel": rng.choice(["email", "phone", "chat", None, None]),
            "touchpoint": rng.choice(["ticket", "delivery", None, None, None, None]),
            "stage": rng.choice(["support", None, None]), "office": rng.choice(["Riga", None, None]),
            "employee_id": rng.choice(["E1", "E2", "E3", "E9", None]),
            "responded_at": self.written(at), "language": rng.choice(["en", "ru", "lt", None]),
            "status": rng.choice([None, None, None, None, "complete", "partial", "partial"]),
            "is_test": rng.choice(["true", "1"]) if self.chance(0.02) else rng.choice([None, "no"]),
            "updated_at": None,
        } | fixed  # fmt: skip
        if self.chance(0.05):
            row["status"] = rng.choice(["screened_out", "preview", "test", "spam"])
        if self.chance(0.04):
            stale = {"status": "partial", "channel": "stale", "updated_at": rng.choice([None, "2024-01-01"])}
            self.raw.add("surveys", "responses", **{**row, **stale})
            row["updated_at"] = self.written(at)
        self.raw.add("surveys", "responses", **row)
        given = self._answers(name, survey, at, row["language"] or "en")
        if self.chance(0.12):
            self._again(row, given, at)

    def _again(self, row: dict[str, Any], given: list[dict[str, Any]], at: datetime) -> None:
        """A double submission, or what only looks like one."""
        rng = self.rng
        for number in range(rng.choice([1, 1, 2])):
            at += rng.choice([1, 5, 9, 10, 10, 11]) * MINUTE
            name = f"{row['response_id']}{'ab'[number]}"
            changed: dict[str, Any] = {"response_id": name, "responded_at": self.written(at)}
            if self.chance(0.2):
                changed["invitation_id"] = None
            self.raw.add("surveys", "responses", **{**row, **changed})
            answers = [{**answer, "response_id": name} for answer in given]
            if self.chance(0.2) and answers:
                other = rng.choice(answers)
                other["value"] = 4 if "3" in str(other["value"]) else 3
            self.answers += answers

    def _answers(self, name: str, survey: str, at: datetime, language: str) -> list[dict[str, Any]]:
        rng, given = self.rng, []
        for number, (metric, _, low, high, _) in enumerate(SURVEYS[survey][5]):
            if self.chance(0.15):
                continue
            row = {
                "response_id": name,
                "question_id": f"{survey}_{number}",
                "answer_no": None,
                "updated_at": None,
            }
            row["value"] = self._value(metric, low, high, language)
            given.append(row)
            if metric == "emotion" and self.chance(0.4):
                given.append({**row, "answer_no": 2, "value": rng.choice(EMOTIONS)})
            if self.chance(0.06):
                row["updated_at"] = rng.choice([None, self.written(at)])
                for _ in range(rng.choice([1, 1, 2])):
                    edited = at + rng.choice(
                        [timedelta(hours=1), 3 * DAY, 7 * DAY, 7 * DAY + MINUTE, 20 * DAY]
                    )
                    again = {
                        **row,
                        "value": self._value(metric, low, high, language),
                        "updated_at": self.written(edited),
                    }
                    given.append(again)
                if self.chance(0.2):
                    given.remove(row)
        # Two edits at one instant would leave it open which counts.
        if self.chance(0.02):
            question = rng.choice(["rel_0", "txn_0", "visit_0", "nowhere_0"])
            given.append(
                {"response_id": rng.choice([name, "R-nowhere"]), "question_id": question, "value": 1}
            )
            given[-1] |= {"answer_no": 7, "updated_at": None}
        zone = self.settings.source_zone
        once = {
            (row["response_id"], row["question_id"], row["answer_no"], instant(row["updated_at"], zone)): row
            for row in given
        }
        self.answers += once.values()
        return list(once.values())

    def _value(self, metric: str, low: int | None, high: int | None, language: str) -> Any:
        rng = self.rng
        if metric == "comment":
            return self._text(language)
        if metric == "emotion":
            return rng.choice(EMOTIONS)
        if low is None or high is None:
            return rng.choice(["too_expensive", "bad_service", None])
        score = rng.randint(low, high)
        if self.chance(0.4):
            score = max(score, rng.randint(low, high))
        if self.chance(0.06):
            return rng.choice([
                None, "", "N/A", "нет ответа", high + 1, low - 1, f"{score}.5", f" {score} ", f"{score}.0",
                f"{score}/{high}", f"{score}/100", f"{score} – definitely", "eleven",
            ])  # fmt: skip
        return score

    def _text(self, language: str) -> str | None:
        """Words of the dictionary, turned by negations and apart by fillers; or nothing to read."""
        rng = self.rng
        if self.chance(0.1):
            return rng.choice([None, "", " ", "ok", "???"])
        patterns = [row for row in PATTERNS if row["language"] == language]
        ending = {"en": "ed", "ru": "ами", "lt": "as"}[language]
        words = []
        for _ in range(rng.randrange(1, 10)):
            kind = rng.choices(["filler", "theme", "opinion", "negation"], [5, 3, 1, 2])[0]
            if kind == "filler":
                word = rng.choice(FILLERS[language])
            elif kind == "negation":
                word = rng.choice(NEGATIONS[language])
            else:
                pattern = rng.choice([row for row in patterns if bool(row["theme"]) == (kind == "theme")])
                word = pattern["pattern"] + (
                    rng.choice(["", ending]) if pattern["match_type"] == "prefix" else ""
                )
            words.append(rng.choice([word, word, word.capitalize(), word.upper()]))
            words[-1] += rng.choice(["", "", "", "", ",", " -", "!"])
        return " ".join(words)

    def _voice(self) -> None:
        """Reviews and mentions, removed, reposted, own and repeated ones among them."""
        rng = self.rng
        for number in range(120):
            language = rng.choice(["en", "ru", "lt"])
            row = {
                "review_id": f"V{number:03}", "platform": rng.choice(["maps", "shop"]), "place": "Riga",
                "posted_at": self.written(self._moment()), "rating": rng.randint(1, 5), "rating_max": 5,
                "text": self._text(language), "language": language,
                "customer_id": rng.choice([*self.customers, None]),
                "is_removed": "true" if self.chance(0.05) else None, "updated_at": None,
            }  # fmt: skip
            if self.chance(0.1):
                stale = {
                    "text": self._text(language),
                    "rating": 1,
                    "updated_at": rng.choice([None, "2024-01-01"]),
                }
                self.raw.add("voice", "reviews", **{**row, **stale})
                row["updated_at"] = "2024-01-02"
            self.raw.add("voice", "reviews", **row)
        for number in range(120):
            language, at = rng.choice(["en", "ru", "lt"]), self._moment()
            row = {
                "mention_id": f"M{number:03}", "platform": rng.choice(["forum", "blog"]), "author": None,
                "posted_at": self.written(at), "text": self._text(language), "language": language,
                "sentiment": rng.choice(["positive", "negative", "neutral", None, None]),
                "is_repost": "true" if self.chance(0.1) else None,
                "is_own": "yes" if self.chance(0.1) else None,
            }  # fmt: skip
            if self.chance(0.5):
                row["author"] = rng.choice(["ann", "bob"])
            self.raw.add("voice", "mentions", **row)
            if self.chance(0.2):
                again = at + rng.choice([timedelta(hours=1), 6 * DAY, 8 * DAY])
                self.raw.add(
                    "voice",
                    "mentions",
                    **{**row, "mention_id": f"M{number:03}b", "posted_at": self.written(again)},
                )
