"""The demo company: an invented firm whose raw files show what the warehouse makes of real ones.

It sells office software by subscription from Vilnius and Toronto. Its story is in
`timeline.CLIMATE`: a bad first quarter of 2026 in support, seen in replies, satisfaction and churn,
and the recovery after it.
"""

from pathlib import Path

from cx_warehouse.demo.company import company_tables
from cx_warehouse.demo.customers import customer_tables, invent_customers
from cx_warehouse.demo.dirt import plant_dirt
from cx_warehouse.demo.feedback import feedback_tables
from cx_warehouse.demo.improvement import improvement_tables
from cx_warehouse.demo.market import first_steps, market_tables
from cx_warehouse.demo.revenue import live_relationships, revenue_tables
from cx_warehouse.demo.support import live_tickets, support_tables
from cx_warehouse.demo.tables import Tables, write_tables
from cx_warehouse.demo.website import website_tables

DEFAULT_SEED = 892
DEFAULT_CUSTOMERS = 400

__all__ = ["DEFAULT_CUSTOMERS", "DEFAULT_SEED", "invent_tables", "write_demo"]


def write_demo(
    directory: Path, seed: int = DEFAULT_SEED, customers: int = DEFAULT_CUSTOMERS
) -> list[tuple[str, str, int]]:
    """Write the demo company's raw files as `<directory>/<system>/<table>.csv`.

    The same seed and number of customers give the same bytes on every machine. Gives (system,
    table, rows) of every file written.
    """
    return write_tables(directory, invent_tables(seed, customers))


def invent_tables(seed: int = DEFAULT_SEED, customers: int = DEFAULT_CUSTOMERS) -> Tables:
    """Live the demo company's life, then spoil its exports; give the raw tables."""
    people = invent_customers(seed, customers)
    lives = live_relationships(seed, people)
    tickets = live_tickets(seed, lives)
    tables = (
        company_tables()
        | customer_tables(seed, people)
        | revenue_tables(seed, lives)
        | support_tables(tickets)
        | feedback_tables(seed, lives, tickets)
        | market_tables(seed, lives)
        | website_tables(seed, lives)
        | improvement_tables(seed, lives)
    )
    plant_dirt(seed, tables)
    tables["crm", "touchpoints"] += first_steps(seed, lives)
    return tables
