"""What the marts say, as typed values: read-only queries, no arithmetic on measures."""
