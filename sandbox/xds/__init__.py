"""The document exchange of the hospital system: XDS.b registry and repository."""
