"""What dbt's own tests said, from the artifacts of the build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cx_warehouse.quality.results import CheckResult

STATUSES = {"pass": "pass", "warn": "warn", "fail": "fail"}


def dbt_test_results(manifest: Mapping[str, Any], run_results: Mapping[str, Any]) -> list[CheckResult]:
    """One result for each data test; a test that was skipped or broke is an error."""
    results = []
    for run in run_results["results"]:
        node = manifest["nodes"].get(run["unique_id"])
        if node is None or node["resource_type"] != "test":
            continue
        status = STATUSES.get(run["status"], "error")
        failures = run.get("failures")
        results.append(
            CheckResult(
                check_id=f"dbt_test:{node['name']}",
                kind="dbt_test",
                suite="dbt tests",
                subject=subject_of(manifest, node),
                expectation=str((node.get("test_metadata") or {}).get("name") or node["name"]),
                severity="warning" if str(node["config"]["severity"]).lower() == "warn" else "critical",
                status=status,
                observed=None if failures is None else f"{failures} rows",
                expected="0 rows",
                message=None if status == "pass" else message_of(node, run),
            )
        )
    return results


def subject_of(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> str:
    """The relation a test is about: the one it is attached to, else the ones it reads."""
    attached = node.get("attached_node")
    tested = [attached] if attached else node["depends_on"]["nodes"]
    found = [manifest["nodes"].get(name) or manifest["sources"].get(name) for name in tested]
    return ", ".join(f"{one['schema']}.{one['name']}" for one in found if one)


def message_of(node: Mapping[str, Any], run: Mapping[str, Any]) -> str:
    """What went wrong, as a sentence."""
    told = node.get("description") or node["name"].replace("_", " ")
    if run["status"] == "skipped":
        return f"Not run, because something before it failed: {told}"
    if run["status"] in STATUSES:
        return f"{run.get('failures')} rows break: {told}"
    return f"Broke: {told}: {' '.join(str(run.get('message')).split())}"


def unbuilt_models(manifest: Mapping[str, Any], run_results: Mapping[str, Any]) -> list[str]:
    """Models of the project that the last run did not build."""
    built = {run["unique_id"] for run in run_results["results"] if run["status"] == "success"}
    return sorted(
        node["name"]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and name not in built
    )
