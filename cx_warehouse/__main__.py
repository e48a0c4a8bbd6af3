"""`python -m cx_warehouse`."""

from cx_warehouse.cli import main

main(prog_name="cx")
