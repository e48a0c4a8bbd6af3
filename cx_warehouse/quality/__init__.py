"""The gate between build and release: dbt tests, Great Expectations, reconciliation, release rules."""
