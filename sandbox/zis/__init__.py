"""A pretend hospital system: PDQv3, QED and the closed authorisation question over SOAP 1.2."""
