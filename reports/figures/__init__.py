"""What the marts say, as typed values: one module per subject, read-only queries, no arithmetic on measures."""
