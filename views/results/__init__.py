"""Results that are told in words, one of them in full, and the recent ones of every kind (features R01, R17
to R22)."""
