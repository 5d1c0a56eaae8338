"""Whom do we believe?  Vendors and keys (global), grants and practice links (per hospital), D9."""
