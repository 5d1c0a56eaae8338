"""Which patient, may we, until when?  Pure domain: standard library only, except ``store``."""
