"""A pretend HIS: mints launch tokens and posts them as a real portal does."""
