"""Security of the wire to the hospital: mutual TLS, WS-Security signatures, the AORTA transaction token."""
