"""The raw contract as a page people read: docs/guides/raw_contract.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cx_warehouse.contract import list_of
from cx_warehouse.project import PROJECT_DIR, read_yaml

PAGE = PROJECT_DIR / "docs" / "guides" / "raw_contract.md"

OPENING = """\
# The raw contract

What a user hands in, table by table: `<system>/<table>.csv` or `.parquet`, or table `<table>` in schema
`raw_<system>`. Any table and any column that is not required may be absent; extra columns are ignored.
[Bring your data](bring_your_data.md) says how values are read. Written by
`python -m cx_warehouse.contract_page` from the YAML of `models/staging`, where the contract is declared.
"""


def rule_words(rule: dict[str, Any]) -> str:
    """What makes a value acceptable, in words."""
    words = []
    if "domain" in rule:
        words.append("one of " + ", ".join(f"`{option}`" for option in rule["domain"]))
    if "default" in rule:
        words.append(f"blank means `{str(rule['default']).lower()}`")
    elif rule.get("required"):
        words.append("required")
    elif rule.get("must_exist"):
        words.append("the column must be there")
    if rule.get("happened"):
        words.append("in the past")
    if rule.get("any_case"):
        words.append("kept in lower case")
    if rule.get("free_text"):
        words.append("masked")
    return "; ".join(words)


def contract_page() -> str:
    """The page as Markdown, from the staging models' YAML."""
    lines = [OPENING]
    for path in sorted((PROJECT_DIR / "models" / "staging").glob("*/_*__models.yml")):
        lines.append(f"## {path.parent.name}\n")
        for model in list_of(read_yaml(path), "models"):
            key = model["config"]["meta"]["raw"]["key"]
            lines += [
                f"### {model['name'].split('__')[1]}\n",
                f"{model['description']} Key: {', '.join(f'`{name}`' for name in key)}.\n",
                "| column | type | accepted | meaning |",
                "|---|---|---|---|",
            ]
            for column in model["columns"]:
                rule = column.get("config", {}).get("meta", {}).get("raw", {})
                cells = f"`{column['name']}`", column["data_type"], rule_words(rule), column["description"]
                lines.append(f"| {' | '.join(cells)} |")
            lines.append("")
    return "\n".join(lines)


def write_contract_page(page: Path = PAGE) -> None:
    """Rewrite the page."""
    page.write_text(contract_page(), encoding="utf-8")


if __name__ == "__main__":
    write_contract_page()
