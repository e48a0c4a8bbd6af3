"""Mix effects, emotions, studies and channels computed a second time, by METRICS §2.5, §2.6 and D20."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from itertools import product
from statistics import correlation, fmean, stdev
from typing import Any

from oracle_feedback import DAY, period_start, reference
from oracle_scores import (
    CHANNEL_GROUPS,
    DIMENSIONS,
    EMOTION_DIMENSIONS,
    FUNNEL_DIMENSIONS,
    GRAINS,
    Cell,
    Mean,
    Net,
    Sample,
    Scores,
    Share,
    Z,
    t_quantile,
)
from oracle_service import Row, boolean, wall_to_utc

EMOTIONS = {row["raw_value"]: row["emotion"] for row in reference("emotions")}
Key = tuple[Any, ...]
Opinions = Mapping[tuple[str, str | None], float]
"""What a response says of each attribute, by metric and attribute."""
Case = tuple[Mapping[str, float], float]
"""Attributes, and the overall answer."""
IMPORTANCE_BASE = 10
"""The variable `derived_importance_min_base`, small for a small company."""


def part(sample: Sample) -> tuple[float, int]:
    """Sum and base of a share, mean or net score, in the unit of its value."""
    row = sample.row
    return row["numerator"], sample.base


class Indices:
    """What is put together from the scores."""

    def __init__(self, scores: Scores) -> None:
        """Keep the scores."""
        self.scores, self.facts, self.settings = scores, scores.facts, scores.settings

    # Mix effects (§2.5.5)

    def kpi_mix_effects(self) -> dict[Key, Row]:
        """Changes of totals, taken apart by the values of each breakdown."""
        rows: dict[Key, Row] = {}
        for grain in ("month", "quarter", "year"):
            by_code: dict[str, dict[Cell, Sample]] = defaultdict(dict)
            for code, cell, sample in self.scores.samples(grain):
                if isinstance(sample, Share | Mean | Net):
                    by_code[code][cell] = sample
            for code, samples in by_code.items():
                statuses = self.scores.statuses({cell: sample.base for cell, sample in samples.items()})
                for total in samples:
                    before = self.scores._before(total)
                    if total[3] != "total" or before not in samples:
                        continue
                    if "suppressed" in (statuses[total], statuses[before]):
                        continue
                    for dimension in DIMENSIONS:
                        effects = self._effects(samples, statuses, total, before, dimension)
                        if effects:
                            base = min(effects["base"], effects["previous_base"])
                            status = self.scores.status(*total[1:3], base)
                            rows[code, *total[:3], dimension] = effects | {"publish_status": status}
        return rows

    def _effects(
        self,
        samples: Mapping[Cell, Sample],
        statuses: Mapping[Cell, str],
        total: Cell,
        before: Cell,
        dimension: str,
    ) -> Row | None:
        """Rate, mix and both; None where fewer than two parts are left or the parts are not the total."""
        now = {c[4]: s for c, s in samples.items() if c[:4] == (*total[:3], dimension)}
        then = {c[4]: s for c, s in samples.items() if c[:4] == (*before[:3], dimension)}
        for values, cell in ((now, total), (then, before)):
            whole, sums = part(samples[cell]), [part(sample) for sample in values.values()]
            if sum(n for _, n in sums) != whole[1] or abs(math.fsum(y for y, _ in sums) - whole[0]) > 1e-6:
                return None
        hidden = {
            value
            for value in now.keys() | then.keys()
            if value not in now
            or value not in then
            or "suppressed"
            in (statuses[*total[:3], dimension, value], statuses[*before[:3], dimension, value])
        }
        shown = (now.keys() | then.keys()) - hidden
        if hidden and shown:
            hidden.add(min(shown, key=lambda value: (now[value].base + then[value].base, value)))
        groups = [[value] for value in shown - hidden] + ([sorted(hidden)] if hidden else [])
        if len(groups) < 2:
            return None
        value, previous = samples[total].row["value"], samples[before].row["value"]
        rate = mix = both = 0.0
        for group in groups:
            (s0, c0), (s1, c1) = (
                self._pooled([values[name] for name in group if name in values], samples[cell].base)
                for values, cell in ((then, before), (now, total))
            )
            rate, mix, both = rate + s0 * (c1 - c0), mix + (s1 - s0) * c0, both + (s1 - s0) * (c1 - c0)
        return {
            "base": samples[total].base, "previous_base": samples[before].base, "parts": len(groups),
            "value": value, "previous_value": previous, "change": value - previous, "rate_effect": rate,
            "mix_effect": mix, "interaction_effect": both,
        }  # fmt: skip

    def _pooled(self, samples: Sequence[Sample], base: int) -> tuple[float, float]:
        """Share and value of what is one part."""
        sums = [part(sample) for sample in samples]
        own = sum(n for _, n in sums)
        return own / base, math.fsum(y for y, _ in sums) / own

    # Emotions (§2.6)

    def kpi_emotions(self) -> dict[Key, Row]:
        """Who chose an emotion, of all who answered the question."""
        rows: dict[Key, Row] = {}
        felt = [
            (x.programme, x.at, x.dimensions, {EMOTIONS.get(name, name) for name in chosen})
            for x, chosen in self.scores._emotions()
        ]
        for grain in GRAINS:
            cells = self.scores.cells(grain, felt, EMOTION_DIMENSIONS)
            for emotion in {name for *_, chosen in felt for name in chosen}:
                own = {cell: sum(emotion in x for x in chosen) for cell, chosen in cells.items()}
                statuses = self.scores.statuses(
                    {cell: len(cells[cell]) for cell, hits in own.items() if hits}
                )
                for cell, status in statuses.items():
                    share = Share(own[cell], len(cells[cell]))
                    row = {
                        "chosen": own[cell], "emotion_share": share.row["value"],
                        "ci_low": share.row["ci_low"], "ci_high": share.row["ci_high"],
                    }  # fmt: skip
                    if status == "suppressed":
                        row = dict.fromkeys(row)
                    rows[cell[0], emotion, *cell[1:]] = {**row, "base": share.base, "publish_status": status}
        return rows

    # Studies (§2.5.2, step 4)

    def kpi_csi_studies(self) -> dict[Key, Row]:
        """The index with weights of the same people."""
        rows: dict[Key, Row] = {}
        for survey_id in self.facts.surveys:
            if self.facts.programme(survey_id) != "study":
                continue
            asked = {
                metric: {
                    q.attribute
                    for q in self.facts.questions.values()
                    if q.survey_id == survey_id and q.metric == metric
                }
                for metric in ("csi", "csi_importance")
            }
            attributes = asked["csi"] & asked["csi_importance"]
            cases: dict[str, Opinions] = {}
            for name, answers in self.facts.by_response.items():
                if self.facts.responses[name].survey_id == survey_id:
                    given: dict[tuple[str, str | None], list[float]] = defaultdict(list)
                    for x in answers:
                        given[x.metric, x.question.attribute].append(x.pomp if x.metric == "csi" else x.score)
                    if attributes and all((m, a) in given for m in asked for a in attributes):
                        cases[name] = {key: fmean(values) for key, values in given.items()}
            for grain in GRAINS:
                periods: dict[date, list[Any]] = defaultdict(list)
                for response in self.scores._latest(grain, cases):
                    periods[self.scores.start(grain, response.at, DIMENSIONS)].append(
                        cases[response.response_id]
                    )
                for start, own in periods.items():
                    rows[survey_id, grain, start] = self._study(
                        own, sorted(map(str, attributes)), self.scores.status(grain, start, len(own))
                    )
        return rows

    def _study(self, cases: Sequence[Opinions], attributes: Sequence[str], status: str) -> Row:
        n = len(cases)
        v = {a: fmean(case["csi_importance", a] for case in cases) for a in attributes}
        m = {a: fmean(case["csi", a] for case in cases) for a in attributes}
        whole = math.fsum(v.values())
        c = math.fsum(v[a] * m[a] for a in attributes) / whole
        u = [
            math.fsum(
                v[a] * (case["csi", a] - m[a]) + (case["csi_importance", a] - v[a]) * (m[a] - c)
                for a in attributes
            ) / whole
            for case in cases
        ]  # fmt: skip
        fixed = [math.fsum(v[a] * case["csi", a] for a in attributes) / whole for case in cases]
        error = stdev(u) / math.sqrt(n) if n > 1 else None
        half = None if error is None else t_quantile(n - 1) * error
        row: Row = {
            "csi": c, "standard_error": error, "ci_low": None if half is None else c - half,
            "ci_high": None if half is None else c + half,
            "fixed_standard_error": stdev(fixed) / math.sqrt(n) if n > 1 else None,
        }  # fmt: skip
        if status == "suppressed":
            row = dict.fromkeys(row)
        return {"base": n, **row, "publish_status": status}

    # Derived importance (§2.5.6)

    def kpi_csi_importance(self) -> dict[Key, Row]:
        """How an attribute goes with the overall answer, over complete cases."""
        rows: dict[Key, Row] = {}
        scores = {name: score for name, (score, _, _) in self.facts.csi.items() if score is not None}
        for grain in ("year", "all"):
            cases: dict[tuple[str, date], list[Case]] = defaultdict(list)
            for x in self.scores._latest(grain, scores):
                case = self._case(x.response_id)
                if case:
                    cases[x.programme, self.scores.start(grain, x.at, DIMENSIONS)].append(case)
            for (programme, start), own in cases.items():
                attributes = sorted(own[0][0])
                if len(own) < max(IMPORTANCE_BASE, 10 * len(attributes)):
                    continue
                overall = [y for _, y in own]
                r = {a: related([pomps[a] for pomps, _ in own], overall) for a in attributes}
                squares = math.fsum((one or 0) ** 2 for one in r.values())
                for a in attributes:
                    pomps = [given[a] for given, _ in own]
                    rows[programme, a, grain, start] = {
                        "base": len(own), "correlation": r[a], "standard_deviation": stdev(pomps),
                        "ceiling_share": sum(pomp == 100 for pomp in pomps) / len(own),
                        "imp_r2": (r[a] or 0) ** 2 / squares if squares else None,
                        "publish_status": self.scores.status(grain, start, len(own)),
                    }  # fmt: skip
        return rows

    def _case(self, response_id: str) -> Case | None:
        """What a response says of every attribute its programme asks, and overall."""
        answers = self.facts.by_response[response_id]
        asked = {
            q.attribute
            for q in self.facts.questions.values()
            if q.metric == "csi" and self.facts.programme(q.survey_id) == answers[0].response.programme
        }
        rated: dict[str | None, list[float]] = defaultdict(list)
        overall: dict[str, list[float]] = defaultdict(list)
        for x in answers:
            if x.metric == "csi":
                rated[x.question.attribute].append(x.pomp)
            overall[x.metric].append(x.pomp)
        said = overall["csat"] or overall["nps"]
        if rated.keys() != asked or not said:
            return None
        return {str(name): fmean(pomps) for name, pomps in rated.items()}, fmean(said)

    # Coverage of customers who pay (§2.1)

    def kpi_survey_coverage(self) -> dict[Key, Row]:
        """Who was asked by relational surveys, and why the others were not."""
        local, month_of = self.settings.local_date, lambda at: period_start("month", local(at))
        counted = [x for x in self.facts.invitations.values() if x.customer_id is not None]
        invitations = [x for x in counted if x.programme == "relational"]
        invited = {(x.customer_id, month_of(x.sent_at)) for x in invitations}
        opted_out: dict[str | None, date] = {}
        for x in counted:
            if x.is_opted_out:
                opted_out[x.customer_id] = min(local(x.sent_at), opted_out.get(x.customer_id, date.max))
        months = {month_of(x.sent_at) for x in self.facts.invitations.values() if x.programme == "relational"}
        cells: dict[Cell, Counter[str]] = defaultdict(Counter)
        units: dict[tuple[str, date, str], list[tuple[bool, date, str, str]]] = defaultdict(list)
        for month, (name, spans) in product(months, self.scores.subscriptions.items()):
            opening = wall_to_utc(datetime.combine(month, time()), self.settings.reporting_zone)
            is_test = boolean(self.facts.customers.get(name, {}).get("is_test"), absent=False)
            pays = any(start <= month < (end or date.max) and mrr > 0 for start, end, mrr in spans)
            if is_test or not pays or opening > self.settings.as_of:
                continue
            if (name, month) in invited:
                outcome = "invited"
            elif opted_out.get(name, date.max) < month:
                outcome = "opted_out"
            elif any(
                x.customer_id == name and month - 90 * DAY <= local(x.sent_at) < month for x in invitations
            ):
                outcome = "asked_before"
            else:
                outcome = "not_chosen"
            segment = self.facts.as_of(name, "segment", opening) or "unknown"
            for grain in GRAINS:
                start = self.scores.start(grain, opening, FUNNEL_DIMENSIONS)
                units[grain, start, name].append((outcome == "invited", month, outcome, segment))
        for (grain, start, _), own in units.items():
            # Once in a longer period: by a month in which it was invited, else by the last.
            _, _, outcome, segment = max(own)
            for dimension, value in (("total", "total"), ("segment", segment)):
                cells["relational", grain, start, dimension, value][outcome] += 1
        return self._covered(cells)

    def _covered(self, cells: Mapping[Cell, Counter[str]]) -> dict[Key, Row]:
        rows: dict[Key, Row] = {}
        statuses = self.scores.statuses({cell: outcomes.total() for cell, outcomes in cells.items()})
        for cell, outcomes in cells.items():
            share = Share(outcomes["invited"], outcomes.total())
            row: Row = {
                name: outcomes[name]
                for name in ("invited", "opted_out", "asked_before", "no_address", "not_chosen")
            } | {
                "coverage": share.row["value"],
                "ci_low": share.row["ci_low"],
                "ci_high": share.row["ci_high"],
            }
            if statuses[cell] == "suppressed":
                row = dict.fromkeys(row)
            rows[cell] = {"base": share.base, **row, "publish_status": statuses[cell]}
        return rows

    # Channels and their roll-up (§2.5.4)

    def _contacts(self, grain: str) -> tuple[Mapping[date, Counter[str]], Counter[str]]:
        """Contacts by group of channels: of each period, and of the first year that has any."""
        contacts: dict[date, Counter[str]] = defaultdict(Counter)
        by_year: dict[int, Counter[str]] = defaultdict(Counter)
        for row in self.facts.tables.get(("crm", "touchpoints"), ()):
            at = self.facts._instant(row["occurred_at"])
            is_test = boolean(
                self.facts.customers.get(str(row.get("customer_id")), {}).get("is_test"), absent=False
            )
            if self.facts._happened(at) and not is_test:
                group = CHANNEL_GROUPS.get(row["channel"].lower(), "unknown")
                start = self.scores.start(grain, at, DIMENSIONS)
                if self.settings.local_date(at) >= start:
                    contacts[start][group] += 1
                by_year[self.settings.local_date(at).year][group] += 1
        return contacts, by_year[min(by_year)] if by_year else Counter()

    def kpi_csi_channels(self) -> dict[Key, Row]:
        """Index and contacts of each group."""
        rows: dict[Key, Row] = {}
        for grain in GRAINS:
            groups = self.scores._channel_scores(grain)
            contacts, base_year = self._contacts(grain)
            statuses = self.scores.statuses({cell: len(values) for cell, values in groups.items()})
            measured = self._measured(groups)
            for cell, values in groups.items():
                row = Mean(values).row
                found = {
                    "csi": row["value"], "standard_error": row["standard_error"], "ci_low": row["ci_low"],
                    "ci_high": row["ci_high"],
                }  # fmt: skip
                if statuses[cell] == "suppressed":
                    found = dict.fromkeys(found)
                shares = shares_of(contacts.get(cell[2], Counter()), measured[cell[0]])
                base_shares = shares_of(base_year, measured[cell[0]])
                rows[*cell[:3], cell[4]] = found | {
                    "base": len(values), "contacts": contacts.get(cell[2], Counter())[cell[4]],
                    "contact_share": shares.get(cell[4], 0.0) if shares else None,
                    "base_year_share": base_shares.get(cell[4], 0.0) if base_shares else None,
                    "publish_status": statuses[cell],
                }  # fmt: skip
        return rows

    def _measured(self, groups: Mapping[Cell, Sequence[float]]) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for programme, _, _, _, group in groups:
            found[programme].add(group)
        return found

    def kpi_csi_rollups(self) -> dict[Key, Row]:
        """The index over channels and what changed it."""
        rows: dict[Key, Row] = {}
        for grain in GRAINS:
            groups = self.scores._channel_scores(grain)
            contacts, base_year = self._contacts(grain)
            measured = self._measured(groups)
            for programme, start in sorted({(cell[0], cell[2]) for cell in groups}):
                scores = {
                    c[4]: Mean(values) for c, values in groups.items() if (c[0], c[2]) == (programme, start)
                }
                shares = shares_of(contacts.get(start, Counter()), measured[programme])
                if not shares:
                    continue
                row = self._rollup(grain, start, scores, shares, shares_of(base_year, measured[programme]))
                counted = contacts[start]
                row["contact_coverage"] = sum(counted[g] for g in measured[programme]) / sum(counted.values())
                rows[programme, grain, start] = row
                row["_scores"], row["_shares"] = scores, shares
            for (programme, g, start), row in rows.items():
                if g == grain:
                    before = self.scores._before((programme, grain, start, "total", "total"))
                    row |= self._what_changed(row, rows.get(before[:3]) if before else None)
        return {
            key: {name: value for name, value in row.items() if not name.startswith("_")}
            for key, row in rows.items()
        }

    def _rollup(
        self,
        grain: str,
        start: date,
        scores: Mapping[str, Mean],
        shares: Mapping[str, float],
        base_shares: Mapping[str, float],
    ) -> Row:
        base = sum(score.base for score in scores.values())
        sizes = [scores[g].base if g in scores else 0 for g in shares.keys() | base_shares.keys()]
        smallest = min(sizes)
        too_small = any(0 < size < self.settings.min_base_publish for size in sizes)
        row: Row = {"base": base, "smallest_component": smallest, "_is_hidden": too_small}
        for name, own in (("fixed", base_shares), ("current", shares)):
            found = dict.fromkeys(
                (f"{name}_mix", f"{name}_standard_error", f"{name}_ci_low", f"{name}_ci_high")
            )
            if own and all(g in scores for g in own) and not too_small:
                value = math.fsum(share * scores[g].mean for g, share in own.items())
                error = math.hypot(*(share * scores[g].row["standard_error"] for g, share in own.items()))
                found = dict(zip(found, (value, error, value - Z * error, value + Z * error), strict=True))
            row |= found
        row["has_low_base_component"] = smallest < self.settings.min_base_reliable
        return row

    def _what_changed(self, row: Row, before: Row | None) -> Row:
        names = ("previous_current_mix", "change", "rate_effect", "mix_effect", "interaction_effect")
        if before is None or before["current_mix"] is None or row["_is_hidden"]:
            return dict.fromkeys(names)
        if row["current_mix"] is None:
            return {**dict.fromkeys(names), "previous_current_mix": before["current_mix"]}
        found: Row = {
            "previous_current_mix": before["current_mix"],
            "change": row["current_mix"] - before["current_mix"],
        }  # fmt: skip
        effects = [0.0, 0.0, 0.0]
        for g in row["_shares"].keys() | before["_shares"].keys():
            if g not in row["_scores"] or g not in before["_scores"]:
                return {**dict.fromkeys(names), **found}
            s0, s1 = before["_shares"].get(g, 0.0), row["_shares"].get(g, 0.0)
            c0, c1 = before["_scores"][g].mean, row["_scores"][g].mean
            for i, effect in enumerate((s0 * (c1 - c0), (s1 - s0) * c0, (s1 - s0) * (c1 - c0))):
                effects[i] += effect
        return found | dict(zip(names[2:], effects, strict=True))


def related(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Correlation; none of what does not vary."""
    if len(set(x)) == 1 or len(set(y)) == 1:
        return None
    return correlation(x, y)


def shares_of(contacts: Counter[str], measured: set[str]) -> dict[str, float]:
    """Shares of the contacts of the groups that are measured at all."""
    own = {group: contacts[group] for group in measured if contacts[group]}
    return {group: count / sum(own.values()) for group, count in own.items()}
