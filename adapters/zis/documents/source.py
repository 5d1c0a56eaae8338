"""The hospital's documents (port ``DocumentSource``): fetched, checked and made safe to show."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from adapters.zis.asking import ask
from adapters.zis.documents.contents import make_content
from adapters.zis.documents.errors import failure_of
from adapters.zis.documents.exchange import DocumentExchange
from adapters.zis.documents.pdf import PdfCleaner
from adapters.zis.errors import SourceError
from adapters.zis.transport import SoapTransport
from context.hospital import Hospital
from context.outcome import FailureCause
from context.ports import Clock, RecordQuestion
from context.records import DocumentAnswer, DocumentContent, DocumentFailure, DocumentReference

FETCH_SECONDS = 10.0
"""For the repository to give one document, connecting included."""
MAKING_SECONDS = 20.0
"""For making it safe, waiting for others included."""
_AT_ONCE = 2


class HospitalDocumentSource:
    """Make it before the fork: its threads start with the first document."""

    def __init__(
        self,
        transport: SoapTransport,
        clock: Clock,
        cleaner: PdfCleaner | None = None,
        fetch_seconds: float = FETCH_SECONDS,
    ) -> None:
        self._transport = transport
        self._exchange = DocumentExchange(transport, clock)
        self._cleaner = cleaner or PdfCleaner()
        self._fetch_seconds = fetch_seconds
        # Threads of its own, and few: a heavy document makes only other documents wait.
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="documents")

    def fetch_document(
        self, hospital: Hospital, reference: DocumentReference, question: RecordQuestion
    ) -> "Future[DocumentAnswer]":
        """Fetch one document; see the port."""
        return ask(self._transport, partial(self._fetch, hospital, reference, question), _failed)

    async def _fetch(
        self, hospital: Hospital, reference: DocumentReference, question: RecordQuestion
    ) -> DocumentAnswer:
        try:
            raw = await self._exchange.retrieve(hospital, reference, question, self._fetch_seconds)
            making: asyncio.Future[DocumentContent] = asyncio.get_running_loop().run_in_executor(
                self._threads, make_content, raw, question, self._cleaner
            )
            return DocumentAnswer(content=await asyncio.wait_for(making, MAKING_SECONDS))
        except SourceError as error:
            return DocumentAnswer(failure=failure_of(error))
        except TimeoutError:
            return DocumentAnswer(failure=DocumentFailure.TIMEOUT)


def _failed(cause: FailureCause) -> DocumentAnswer:
    return DocumentAnswer(failure=DocumentFailure(cause.value))
