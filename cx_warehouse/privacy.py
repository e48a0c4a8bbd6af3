"""What a release shows of refused rows: of personal values no more than that they are the same.

The build keeps refused rows whole and private. A release is for many readers: in it a personal column (tagged
`pii` in the contract) holds a keyed hash, or with no key nothing; texts people wrote are masked as everywhere
else (METRICS §13 rule 20, macros/contract/typing.sql); columns the contract does not have, and rows that are
not to be told, show nothing, for nobody has said what is in them.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from collections.abc import Callable
from functools import cache

from cx_warehouse.contract import RawColumn, raw_contract
from cx_warehouse.csv_rows import bare

KEY_VARIABLE = "CX_PII_KEY"
"""The environment variable with the key; it is written nowhere."""

LEFT_OUT = "[left out]"
HASH_LENGTH = 32
UNREADABLE = "unreadable row"

ADDRESS = re.compile(r'[^\s@<>(),;:"]+@[^\s@<>(),;:"/]+[.][^\s@<>(),;:"/.!?0-9]{2,}')
BETWEEN = "[0-9 ().\u00a0\u2009\u202f\u2010\u2011\u2013-]"
NUMBER = re.compile(rf"[+]?[0-9]{BETWEEN}{{7,}}[0-9]")

Hide = Callable[[str, str, str, str], str]


def hiding(key: str | None = None) -> Hide:
    """A function from system, table, reason and row of `quality.rejected_rows` to the row as published."""
    secret = (os.environ.get(KEY_VARIABLE, "") if key is None else key).encode()

    def hide(system: str, table: str, reason: str, raw_row: str) -> str:
        row = json.loads(raw_row)
        if reason.startswith(UNREADABLE):
            return json.dumps({**row, "text": LEFT_OUT}, ensure_ascii=False)
        columns = columns_of(system, table)
        shown = {name: shown_value(columns.get(bare(name)), value, secret) for name, value in row.items()}
        return json.dumps(shown, ensure_ascii=False)

    return hide


@cache
def columns_of(system: str, table: str) -> dict[str, RawColumn]:
    """The contract's columns of one raw table by name."""
    return {
        column.name: column
        for one in raw_contract()
        if (one.system, one.name) == (system, table)
        for column in one.columns
    }


def shown_value(column: RawColumn | None, value: str | None, secret: bytes) -> str | None:
    """One value as it is published."""
    if not value:
        return value
    if column is None:
        return LEFT_OUT
    if column.is_personal:
        return keyed_hash(value, secret) if secret else LEFT_OUT
    if column.data_type == "text" and not column.name.endswith("_id"):
        return NUMBER.sub("[number]", ADDRESS.sub("[e-mail]", value))
    # Digits are what an id, an instant or an amount consists of; an address has slipped in from beside it.
    return ADDRESS.sub("[e-mail]", value)


def keyed_hash(value: str, secret: bytes) -> str:
    """The same for the same value and key; without the key nobody can try names out."""
    return hmac.new(secret, value.strip().encode(), hashlib.sha256).hexdigest()[:HASH_LENGTH]
