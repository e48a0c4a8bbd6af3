"""The data-quality rules as a page people read: docs/guides/data_quality_rules.md."""

from __future__ import annotations

import csv
from pathlib import Path

from cx_warehouse.project import PROJECT_DIR

RULES = PROJECT_DIR / "seeds" / "reference" / "quality_rules.csv"
PAGE = PROJECT_DIR / "docs" / "guides" / "data_quality_rules.md"

OPENING = """\
# The data-quality rules

What becomes of a row that is not as it should be. The numbers are those of METRICS §13; `contract.…` is what
the raw contract itself asks. Where METRICS and CLARIFICATIONS disagree, CLARIFICATIONS win
([decision 030](../decisions/030-data-quality-rules.md)).

| action | what happens | where it is seen |
|---|---|---|
| reject | the row is kept whole, with the first rule it broke, and feeds nothing | `quality.rejected_rows` |
| repair | the row is read as it was meant, or set aside as a rule says | `quality.repaired_rows`, or a flag |
| warn | the row is taken as it is | `quality.rule_hits` |
| stop | nothing is built, or the last release stays | the message of the run, `quality.rule_hits` |
| note | the row is taken as the contract says | `quality.rule_hits` |

`quality.rule_hits` counts every rule and table: rows checked, rows it met (none included), the keys of the
first five and where the others are. Written by `python -m cx_warehouse.rules_page` from
`seeds/reference/quality_rules.csv`, where each rule is declared.
"""

ACTIONS = ("reject", "repair", "warn", "stop", "note")
HEADINGS = {
    "reject": "Rejected",
    "repair": "Repaired",
    "warn": "Warned of",
    "stop": "Stopped",
    "note": "Noted",
}


def declared_rules() -> list[dict[str, str]]:
    """The rules of the seed, in its order."""
    with RULES.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def rules_page() -> str:
    """The page as Markdown."""
    lines = [OPENING]
    rules = declared_rules()
    for action in ACTIONS:
        lines += [f"## {HEADINGS[action]}\n", "| rule | what | tables | reasons |", "|---|---|---|---|"]
        for rule in rules:
            if rule["action"] == action:
                reasons = ", ".join(f"`{reason}`" for reason in rule["reasons"].split(";") if reason)
                tables = "all" if rule["tables"] == "*" else rule["tables"].replace(" ", ", ")
                what = f"**{rule['name']}.** {rule['text']}"
                lines.append(f"| {rule['rule_id']} | {what} | {tables} | {reasons} |")
        lines.append("")
    return "\n".join(lines)


def write_rules_page(page: Path = PAGE) -> None:
    """Rewrite the page."""
    page.write_text(rules_page(), encoding="utf-8")


if __name__ == "__main__":
    write_rules_page()
