from http import HTTPStatus

from django.utils.translation import gettext_noop as _

from joanie.common.exceptions import JoanieError


class DocumentNotRendered(JoanieError):
    """The template asks for something that may not be fetched. Nothing was stored."""

    code = "document_not_rendered"
    detail = _("The document could not be made. We have been alerted.")


class DocumentCorrupted(JoanieError):
    """The stored file is gone, or is not the one that was stored: it is not served."""

    code = "document_unavailable"
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = _("The document is not available for now. We have been alerted.")
