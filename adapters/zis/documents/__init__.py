"""Documents: the registry (XDS.b ITI-18), the repository (ITI-43, MTOM), CDA and PDF made safe to show."""
