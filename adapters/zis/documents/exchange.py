"""Asks the registry and the repositories (XDS.b), each question within its own time."""

from adapters.zis.asking import new_stamp
from adapters.zis.documents.questions import write_find_documents, write_retrieve
from adapters.zis.documents.registry import read_documents
from adapters.zis.documents.repository import RawDocument, inflate, read_document, unpack
from adapters.zis.interactions import FIND_DOCUMENTS, RETRIEVE_DOCUMENTS
from adapters.zis.sections.statement import Reading
from adapters.zis.transport import SoapTransport, read_aside
from adapters.zis.wire import Message
from context.hospital import Hospital
from context.ports import Clock, RecordQuestion
from context.records import Document, DocumentReference
from context.zis import MAIN_ENDPOINT, Endpoint, SectionSource, ZisConnection

REPOSITORY_ENDPOINT = "repository"


class DocumentExchange:
    """The questions of XDS.b over the transport."""

    def __init__(self, transport: SoapTransport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    async def find(
        self, hospital: Hospital, source: SectionSource, question: RecordQuestion, seconds: float
    ) -> Reading[Document]:
        """The approved documents of the source's type codes (ITI-18).

        :raises SourceError: no usable answer, or one about anyone else (D19).
        """
        codes = [code for part in (source.category or "").split(",") if (code := part.strip())]
        payload = write_find_documents(question.bsn, codes)
        stamp = new_stamp(self._clock)
        message = Message(
            FIND_DOCUMENTS, stamp.message_id, payload, question.bsn, question.asker, source.soap_action
        )
        endpoint = hospital.zis.endpoint_named(source.endpoint)
        answer = await self._transport.call(endpoint, message, seconds)
        return await read_aside(
            lambda: read_documents(
                self._transport.payload_of(answer.take_body(), message, endpoint), question
            ),
            len(answer.body),
        )

    async def retrieve(
        self, hospital: Hospital, reference: DocumentReference, question: RecordQuestion, seconds: float
    ) -> RawDocument:
        """One document as it is (ITI-43).

        :raises SourceError: no usable answer, another document, or one that was altered.
        """
        stamp = new_stamp(self._clock)
        message = Message(
            RETRIEVE_DOCUMENTS, stamp.message_id, write_retrieve(reference), question.bsn, question.asker
        )
        endpoint = repository_endpoint(hospital.zis, reference)
        answer = await self._transport.call(endpoint, message, seconds)

        def read() -> RawDocument:
            package = unpack(answer)
            if endpoint.signing is not None and endpoint.signing.answer_certificates is not None:
                package = inflate(package)
            return read_document(
                self._transport.payload_of(package.root, message, endpoint), package, reference
            )

        return await read_aside(read, len(answer.body))


def repository_endpoint(zis: ZisConnection, reference: DocumentReference) -> Endpoint:
    """Where a repository is asked: at the endpoint named by its OID, else the one named ``repository``,
    else the main one. An address never comes out of a message."""
    for name in (reference.repository, REPOSITORY_ENDPOINT):
        if name in zis.endpoints:
            return zis.endpoints[name]
    return zis.endpoint_named(MAIN_ENDPOINT)
