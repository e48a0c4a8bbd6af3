"""The pages: each turns figures into what its template places."""
