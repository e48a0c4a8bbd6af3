"""What people write, read a second time by METRICS §9.1 and §9.2: comments, their themes and their tone."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from oracle_feedback import Answer, Facts, is_dissatisfied, is_satisfied, reference
from oracle_service import Row, boolean, newest, text

REPOST = timedelta(days=7)


@dataclass(frozen=True)
class Comment:
    """One text that counts."""

    comment_id: str
    source: str
    text: str
    language: str
    at: datetime
    score: int | None
    """What the number beside the text says: 1, 0 or -1."""
    label: str | None
    """What the platform says of it."""
    programme: str = "none"
    dimensions: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """A word of a text that the dictionary knows; an opinion word has no theme."""

    position: int
    theme: str | None
    polarity: int


class Dictionary:
    """The reference tables of words."""

    def __init__(self) -> None:
        """Read them."""
        self.patterns: dict[str, list[tuple[str, bool, str | None, int]]] = defaultdict(list)
        for row in reference("theme_patterns"):
            self.patterns[row["language"]].append(
                (row["pattern"], row["match_type"] == "word", row["theme"] or None, int(row["polarity"]))
            )
        self.negations = defaultdict(set)
        for row in reference("negations"):
            self.negations[row["language"]].add(row["word"])

    def hits(self, comment: Comment) -> list[Hit]:
        """Every word the dictionary knows, its polarity flipped by a negation among the three before it."""
        words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", comment.text.lower().replace("ё", "е"))
        found = []
        for position, word in enumerate(words):
            known = [
                pattern
                for pattern in self.patterns[comment.language]
                if word == pattern[0] or (not pattern[1] and word.startswith(pattern[0]))
            ]
            negated = sum(
                w in self.negations[comment.language] for w in words[max(0, position - 3) : position]
            )
            for theme in {pattern[2] for pattern in known}:
                longest = max((p for p in known if p[2] == theme), key=lambda pattern: len(pattern[0]))
                found.append(Hit(position, theme, -longest[3] if negated else longest[3]))
        return found


class Voice:
    """Comments and their themes."""

    def __init__(self, facts: Facts) -> None:
        """Keep the facts of surveys, read reviews and mentions."""
        self.facts, self.dictionary = facts, Dictionary()

    @cached_property
    def comments(self) -> dict[str, Comment]:
        """Texts of surveys, reviews and mentions that are there to be read."""
        found = [*self._survey_comments(), *self._reviews(), *self._mentions()]
        return {comment.comment_id: comment for comment in found if comment.text.strip()}

    def _survey_comments(self) -> Iterable[Comment]:
        for response in self.facts.responses.values():
            answers = self.facts.by_response.get(response.response_id, [])
            for (question_id, answer_no), value in self.facts.values[response.response_id].items():
                if self.facts.questions[question_id].metric == "comment" and value is not None:
                    yield Comment(
                        f"survey:{response.response_id}#{question_id}#{answer_no}", "survey", str(value),
                        response.language or "en", response.at, score_of(answers), None,
                        response.programme, response.dimensions,
                    )  # fmt: skip

    def _reviews(self) -> Iterable[Comment]:
        rows = [
            row
            for row in self.facts.tables.get(("voice", "reviews"), ())
            if self.facts._happened(self.facts._instant(row["posted_at"]))
        ]
        for row in newest(rows, "review_id", self.facts.zone):
            writer = self.facts.customers.get(str(row.get("customer_id")), {})
            is_test = boolean(writer.get("is_test"), absent=False)
            if not is_test and not boolean(row.get("is_removed"), absent=False):
                rating, top = int(row["rating"]), int(row["rating_max"])
                assert top == 5, "the generator has stars of one kind"
                score = 1 if rating >= 4 else -1 if rating <= 2 else 0
                at = self.facts._instant(row["posted_at"])
                body = text(row.get("text")) or ""
                segment = self.facts.as_of(text(row.get("customer_id")), "segment", at)
                where = {"segment": segment, "channel": row["platform"]}
                name = f"review:{row['review_id']}"
                yield Comment(name, "review", body, row["language"], at, score, None, dimensions=where)

    def _mentions(self) -> Iterable[Comment]:
        latest: dict[Any, datetime] = {}
        rows = [
            (self.facts._instant(row["posted_at"]), row)
            for row in self.facts.tables.get(("voice", "mentions"), ())
        ]
        for at, row in sorted(rows, key=lambda pair: (pair[0], pair[1]["mention_id"])):
            is_ours = boolean(row.get("is_own"), absent=False) or boolean(row.get("is_repost"), absent=False)
            if is_ours or not self.facts._happened(at):
                continue
            author, body = text(row.get("author")), text(row.get("text")) or ""
            if author is not None:
                before = latest.get((author, body))
                latest[author, body] = at
                if before is not None and at - before <= REPOST:
                    continue
            yield Comment(
                f"mention:{row['mention_id']}", "mention", body, row["language"], at, None,
                text(row.get("sentiment")), dimensions={"channel": row["platform"]},
            )  # fmt: skip

    def themes(self, comment: Comment) -> dict[str, int | None]:
        """Themes of a text with the sign of their words; null where opinion words may speak for them."""
        hits = self.dictionary.hits(comment)
        has_opinions = any(hit.theme is None for hit in hits)
        found: dict[str, int | None] = {}
        for theme in {hit.theme for hit in hits if hit.theme is not None}:
            total = sum(hit.polarity for hit in hits if hit.theme == theme)
            is_mute = not any(hit.polarity for hit in hits if hit.theme == theme)
            found[theme] = None if is_mute and has_opinions else (total > 0) - (total < 0)
        return found

    def fct_comment_themes(self) -> dict[tuple[Any, ...], Row]:
        """One row per text and theme."""
        return {
            (name, theme): {"source": comment.source} | ({} if polarity is None else {"polarity": polarity})
            for name, comment in self.comments.items()
            for theme, polarity in self.themes(comment).items()
        }

    def signs(self) -> list[tuple[Comment, int]]:
        """Texts whose tone is known."""
        words = {"positive": 1, "neutral": 0, "negative": -1}
        tones = [(comment, self._tone(comment)[0]) for comment in self.comments.values()]
        return [(comment, words[tone]) for comment, tone in tones if tone in words]

    def fct_comments(self) -> dict[tuple[Any, ...], Row]:
        """One row per text."""
        rows = {}
        for name, comment in self.comments.items():
            tone, source = self._tone(comment)
            rows[(name,)] = {
                "source": comment.source,
                "sentiment": tone,
                "sentiment_source": source,
                "themes": len(self.themes(comment)),
                "commented_at": comment.at,
            }
        return rows

    def _tone(self, comment: Comment) -> tuple[str, str]:
        """The score's, else the label's, else the dictionary's, else unknown (§9.2, decisions 20)."""
        words = {1: "positive", 0: "neutral", -1: "negative"}
        if comment.score is not None:
            return words[comment.score], "score"
        if comment.label is not None:
            return comment.label, "label"
        hits = self.dictionary.hits(comment)
        if not any(hit.polarity for hit in hits):
            return "unknown", "unknown"
        total = sum(hit.polarity for hit in hits)
        return words[(total > 0) - (total < 0)], "dictionary"


def score_of(answers: Iterable[Answer]) -> int | None:
    """What the scores beside a text say: NPS before CSAT before effort."""
    verdicts: dict[str, list[int]] = defaultdict(list)
    for answer in answers:
        if answer.metric == "nps":
            verdicts["nps"].append(answer.net)
        elif is_satisfied(answer) is not None:
            family = "csat" if answer.metric == "csat" else "ces"
            verdicts[family].append(bool(is_satisfied(answer)) - bool(is_dissatisfied(answer)))
    return next((max(verdicts[family]) for family in ("nps", "csat", "ces") if verdicts[family]), None)
