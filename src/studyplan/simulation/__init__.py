"""Simulated learners: the planner against its rivals. Knows only the domain."""
