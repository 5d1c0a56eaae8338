"""The patient's consent (port ``ConsentSource``): the closed authorisation question."""

import asyncio
from concurrent.futures import Future
from functools import partial
from uuid import uuid4

from adapters.zis.asking import ask
from adapters.zis.interactions import ASK_CONSENT
from adapters.zis.transport import DEADLINE_SECONDS, SoapTransport
from adapters.zis.wire import Message
from adapters.zis.xacml import read_answer, write_question
from context.consent import ConsentAnswer, ConsentState, categories_of, combine
from context.hospital import Hospital
from context.launch import Inquiry
from context.outcome import FailureCause
from context.zis import CONSENT_ENDPOINT


class XacmlConsentSource:
    """:param deadline_seconds: for one question, from connecting to the last byte."""

    def __init__(self, transport: SoapTransport, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._transport = transport
        self._deadline_seconds = deadline_seconds

    def ask_consent(self, hospital: Hospital, inquiry: Inquiry) -> "Future[ConsentAnswer]":
        """Ask whether this practice may see this patient's data here; see the port."""
        return ask(self._transport, partial(self._ask_all, hospital, inquiry), _unavailable)

    async def _ask_all(self, hospital: Hospital, inquiry: Inquiry) -> ConsentAnswer:
        """One question for each category that the hospital's sections have, all at once."""
        questions = (self._ask(hospital, inquiry, category) for category in categories_of(hospital))
        return combine(await asyncio.gather(*questions))

    async def _ask(self, hospital: Hospital, inquiry: Inquiry, category: str) -> ConsentAnswer:
        endpoint = hospital.zis.endpoint_named(CONSENT_ENDPOINT)
        payload = write_question(hospital, inquiry, category)
        message = Message(ASK_CONSENT, uuid4(), payload, inquiry.bsn, inquiry.asker)
        answer = await self._transport.call(endpoint, message, self._deadline_seconds)
        return read_answer(self._transport.payload_of(answer.body, message, endpoint), inquiry.bsn, category)


def _unavailable(cause: FailureCause) -> ConsentAnswer:
    return ConsentAnswer(ConsentState.UNAVAILABLE, cause=cause.value)
