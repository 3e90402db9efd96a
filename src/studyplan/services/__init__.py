"""Use cases: read, decide, write. The edge that calls them commits."""
