"""How the hospital says it: SOAP transport, HL7v3 readers and writers, the consent question.

Layers, from the port to the socket: ``patient_index``, ``record_source`` and ``consent_source``
implement the ports of ``context``; ``requests`` and ``xacml`` write questions; ``person``, ``record``
and ``xacml`` read answers; ``transport`` carries both.
"""
