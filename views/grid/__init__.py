"""A grid of observed values: a row per test, a column per moment (interface.md §4.6)."""
