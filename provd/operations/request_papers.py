"""A payment request's document, and the mail that brings it."""

from __future__ import annotations

from email.message import EmailMessage

from provd.billing.request import PaymentRequest
from provd.documents.epc import invoice_code, png
from provd.documents.mail import Attachment, Envelope, request_message
from provd.documents.pdf import request_pdf
from provd.operations.actor import Actor
from provd.operations.debtors import READERS
from provd.operations.invoice_papers import InvoicePapers, Paper
from provd.store import Store


class RequestPapers:
    """Made anew each time: it tells what is left to pay now, and is kept by nobody's law."""

    def __init__(self, store: Store, papers: InvoicePapers) -> None:
        self._store = store
        self._papers = papers

    def pdf(self, actor: Actor, number: int) -> Paper:
        """For whoever sees the request. Raises NotFoundError."""
        actor.must_be(*READERS)
        return self._pdf(self._store.books.request(number, actor.scope))

    def code(self, actor: Actor, number: int) -> Paper | None:
        """As a picture, the code that pays what is left; None where there is none (see
        `documents.epc`). Raises NotFoundError."""
        actor.must_be(*READERS)
        request = self._store.books.request(number, actor.scope)
        made = invoice_code(request.document)
        return Paper(f"{request.reference}.png", "image/png", png(made)) if made else None

    def message(self, number: int, envelope: Envelope) -> EmailMessage:
        """In the issuer's name and the reader's language, the document attached."""
        request = self._store.books.request(number)
        paper = self._pdf(request)
        attached = [Attachment(paper.name, paper.media_type, paper.content)]
        return request_message(request, envelope, attached, self._papers.language(request.paper))

    def _pdf(self, request: PaymentRequest) -> Paper:
        paper = request.paper
        content = request_pdf(
            request, logo=self._papers.logo(paper), language=self._papers.language(paper)
        )
        return Paper(f"Payment-request-{request.reference}.pdf", "application/pdf", content)
