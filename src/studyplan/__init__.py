"""Studyplan: a self-hosted planner that spends your minutes where they buy most recall."""

__version__ = "0.1.0"
