"""A HIS that is asked back: OpenID Connect provider, SMART authorization server and FHIR server in one."""
