"""Attribute names that several HISes share (OASIS XSPA and XACML profiles of SAML; launch.md §8)."""

SUBJECT_NAME = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"
ORGANISATION = "urn:oasis:names:tc:xspa:1.0:subject:organization"
ORGANISATION_ID = "urn:oasis:names:tc:xspa:1.0:subject:organization-id"
PURPOSE = "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"
PROVIDER = "urn:oasis:names:tc:xspa:1.0:subject:npi"
ROLE = "urn:oasis:names:tc:xacml:2.0:subject:role"
RESOURCE = "urn:oasis:names:tc:xacml:2.0:resource:resource-id"
RESOURCE_1 = "urn:oasis:names:tc:xacml:1.0:resource:resource-id"
HOME_COMMUNITY = "urn:ihe:iti:xca:2010:homeCommunityId"

BIRTH_DATE = "client.birthdate"
"""The patient's, as VIPLive and Nexus name it; no standard names one."""

HL7 = "urn:hl7-org:v3"
WS_CLAIMS = "http://schemas.xmlsoap.org/ws/2009/09/identity/claims"
