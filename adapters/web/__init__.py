"""Asking vendors over https: key sets, OAuth and FHIR endpoints."""
