"""Python around the dbt project: intake, build, gate, publish, report (docs in DESIGN terms: README.md)."""

__version__ = "0.1.0"
