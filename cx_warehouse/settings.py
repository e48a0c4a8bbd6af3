"""What a command was asked to do, checked before anything starts."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import os
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from cx_warehouse.errors import WrongUse
from cx_warehouse.project import Value, known_languages, known_targets, known_variables

LARGEST_NUMBER = 1_000_000
"""Days are then still days of a calendar, and minutes fit their type."""

LARGEST = {"_share": 1, "_years": 100}
"""The largest number by what a variable counts."""


@dataclass(frozen=True)
class Settings:
    """One call of a step: the variables the user set, where the release goes, and how."""

    variables: Mapping[str, Value]
    to: Path
    target: str
    is_full_refresh: bool
    languages: tuple[str, ...]

    def variable(self, name: str) -> Value:
        """The value in force: the user's, else the project's default."""
        return self.variables.get(name, known_variables()[name])

    @property
    def raw_directory(self) -> Path | None:
        """The folder raw tables are read from, where `raw` is `files`."""
        if self.variable("raw") != "files":
            return None
        return Path(str(self.variable("raw_path")))

    @property
    def raw_encoding(self) -> str | None:
        """What CSV files are declared to be written in; none where each file is looked at."""
        declared = self.variable("raw_encoding")
        return None if declared is None else str(declared)


def read_settings(
    *,
    to: str,
    raw: str | None = None,
    variables_text: str | None = None,
    variables_file: str | None = None,
    target: str | None = None,
    is_full_refresh: bool = False,
    languages: str | None = None,
) -> Settings:
    """The settings of a command line.

    Raises:
        WrongUse: something named does not exist or cannot be what it is given as.
    """
    if variables_text is not None and variables_file is not None:
        raise WrongUse("Give --vars or --vars-file, not both.")
    check_threads(os.environ.get("CX_THREADS", "1"))
    given = read_variables(variables_text, variables_file)
    if raw is not None:
        given |= {"raw": "files", "raw_path": str(raw_folder(raw))}
    elif given.get("raw") == "files":
        if not given.get("raw_path"):
            raise WrongUse('The variable raw is "files" but raw_path is not set; use --raw DIR.')
        given["raw_path"] = str(raw_folder(str(given["raw_path"])))
    destination = path_of(to, "--to")
    if destination.exists() and not destination.is_dir():
        raise WrongUse(f"--to {to} is a file; name a folder.")
    if given.get("raw") == "files":
        raise_if_inside(destination, Path(str(given["raw_path"])))
    return Settings(
        variables=given,
        to=destination,
        target=one_of(target or "duckdb", known_targets(), "target"),
        is_full_refresh=is_full_refresh,
        languages=read_languages(languages),
    )


def raise_if_inside(destination: Path, raw: Path) -> None:
    """What is written among the raw files would be taken for some of them by the next run."""
    if destination.resolve().is_relative_to(raw.resolve()):
        raise WrongUse(f"--to {destination} lies in the raw folder {raw}; name a folder outside it.")


def check_threads(text: str) -> None:
    """The environment variable that profiles.yml reads, before dbt stumbles over it."""
    if not text.isdigit() or int(text) < 1:
        raise WrongUse(f"The environment variable CX_THREADS is {text}; it must be a whole number from 1.")


def path_of(text: str, what: str) -> Path:
    """A path as given on the command line, absolute."""
    if not text:
        raise WrongUse(f"{what} is an empty name.")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError as error:
        raise WrongUse(f"{what} {text} names the home of a user who is not there.") from error


def raw_folder(path: str) -> Path:
    """The folder of raw tables, absolute; it must exist and hold something."""
    folder = path_of(path, "The raw folder")
    try:
        is_there = folder.is_dir()
        is_empty = is_there and not any(folder.iterdir())
    except OSError as error:
        raise WrongUse(f"The raw folder {path} cannot be read: {error.strerror}.") from error
    if not is_there:
        raise WrongUse(f"The raw folder {path} does not exist or is not a folder.")
    if is_empty:
        raise WrongUse(f"The raw folder {path} is empty; put <system>/<table>.parquet or .csv files into it.")
    if set("*?[{") & set(str(folder)):
        raise WrongUse(
            f"The path of the raw folder {path} has one of the characters * ? [ {{ in it, "
            "which would be read as a pattern; rename the folder."
        )
    return folder


def read_variables(text: str | None, file: str | None) -> dict[str, Value]:
    """Variables from JSON text or from a JSON or YAML file, each known and of the right kind."""
    if text is not None:
        found = parsed_json(text, "--vars")
    elif file is not None:
        path = path_of(file, "--vars-file")
        try:
            content = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise WrongUse(f"The variables file {file} cannot be read: {error}.") from error
        if path.suffix.lower() in {".yml", ".yaml"}:
            found = parsed_yaml(content, f"The variables file {file}")
        else:
            found = parsed_json(content, f"The variables file {file}")
    else:
        return {}
    if not isinstance(found, dict):
        where = "--vars" if text is not None else f"The variables file {file}"
        raise WrongUse(f"{where} must hold one object of names and values.")
    return {
        one_of(str(name), known_variables(), "variable"): checked_value(str(name), value)
        for name, value in found.items()
    }


def parsed_json(text: str, where: str) -> object:
    """JSON text as Python values, or one sentence that says where it stops being JSON."""
    try:
        return json.loads(text, parse_constant=no_number)
    except json.JSONDecodeError as error:
        raise WrongUse(
            f"{where} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"{where} is not valid JSON: {error}.") from error


def no_number(text: str) -> object:
    """Python would take NaN and Infinity for JSON; they are not, and no variable can be one."""
    raise ValueError(f"{text} is no number")


def parsed_yaml(text: str, where: str) -> object:
    """YAML text as Python values, or one sentence that says where it stops being YAML."""
    try:
        return yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark else ""
        raise WrongUse(f"{where} is not valid YAML{place}.") from error


def checked_value(name: str, value: object) -> Value:
    """A variable's value, of the kind its default has."""
    if isinstance(value, (dt.date, dt.datetime)):
        value = value.isoformat()
    default = known_variables()[name]
    if value is None and default is None:
        return None
    if value is not None and not isinstance(value, (str, int, float, bool)):
        raise WrongUse(f"The variable {name} must be one value, not {json.dumps(value, default=str)}.")
    if isinstance(default, str | None) and not isinstance(value, str):
        raise WrongUse(f"The variable {name} must be text, not {json.dumps(value)}.")
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(default, (int, float)) and not isinstance(default, bool) and not is_number:
        raise WrongUse(f"The variable {name} must be a number, not {json.dumps(value)}.")
    if is_number:
        value = number_in_range(name, float(str(value)), is_whole=isinstance(default, int))
    if isinstance(default, bool) and not isinstance(value, bool):
        raise WrongUse(f"The variable {name} must be true or false, not {json.dumps(value)}.")
    for known, allowed in {
        "raw": ("seeds", "files", "schema"),
        "csi_weights": ("stated", "derived", "equal"),
    }.items():
        if name == known and value not in allowed:
            raise WrongUse(
                f'The variable {name} is "{value}"; it must be {", ".join(allowed[:-1])} or {allowed[-1]}.'
            )
    if name.endswith("_time_zone") and value not in zoneinfo.available_timezones():
        raise WrongUse(
            f'The variable {name} is "{value}", which is no IANA time zone'
            f"{nearest(str(value), zoneinfo.available_timezones())}."
        )
    if name in {"as_of", "observation_start"}:
        try:
            dt.datetime.fromisoformat(str(value))
        except ValueError as error:
            raise WrongUse(
                f'The variable {name} is "{value}", which is no ISO 8601 date or instant.'
            ) from error
    return value


def number_in_range(name: str, number: float, *, is_whole: bool) -> Value:
    """Days and bases are whole and within a calendar's reach, a share is at most 1, a release is kept."""
    low = 1 if name == "keep_releases" else 0
    high = next((most for ending, most in LARGEST.items() if name.endswith(ending)), LARGEST_NUMBER)
    if is_whole and not number.is_integer():
        raise WrongUse(f"The variable {name} must be a whole number, not {number:g}.")
    if not low <= number <= high:
        raise WrongUse(f"The variable {name} must be from {low} to {high}, not {number:g}.")
    return int(number) if is_whole else number


def read_languages(text: str | None) -> tuple[str, ...]:
    """The languages asked for, each once; without a request those that have a catalogue."""
    if text is None:
        return tuple(language for language, is_there in known_languages().items() if is_there)
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    if not names:
        raise WrongUse("--languages names no language.")
    return tuple(dict.fromkeys(one_of(name, known_languages(), "language") for name in names))


def one_of(name: str, known: Iterable[str], kind: str) -> str:
    """The name itself if it is known; otherwise an error that names the nearest known one."""
    names = list(known)
    if name in names:
        return name
    raise WrongUse(f"Unknown {kind} {name}{nearest(name, names)}.")


def nearest(name: str, known: Iterable[str]) -> str:
    """A clause that names the nearest known name, or all of them when they are few."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.0 if len(names) > 5 else 0.6)
    if close:
        return f"; the nearest known one is {close[0]}"
    return f"; known: {', '.join(names)}"
