"""The launch inspector: what a report says, how it is kept and how it is told."""
