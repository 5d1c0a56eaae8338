"""The course of one test over time: a series, its sparkline, its chart and its table (interface.md §4.7)."""
