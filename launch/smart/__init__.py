"""SMART EHR launch: the HIS hands over a code, and we read user and patient from its FHIR server."""
