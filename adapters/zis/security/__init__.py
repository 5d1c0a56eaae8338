"""The wire to the hospital made safe: mutual TLS, WS-Security on questions, signatures on answers."""
