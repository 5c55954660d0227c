"""What can go wrong, as exceptions: one for each error code of the protocol, and a few of the client's own.

All derive from :class:`SynapusError`. A server's answer is a :class:`ServerError` with the fields of RFC 9457.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = [
    "BadFrame", "BadHeader", "BadPayload", "Busy", "Cancelled", "ChipFailed", "ChipFaulted", "ChipRefused",
    "DeadlineExceeded", "IdReused", "ImageError", "InputError", "InternalError", "KeyFileError",
    "LocalServerError", "Lost", "NoChip", "NoImage", "NoLease", "NoSession", "NotAvailable", "NotPermitted",
    "ProtocolError", "ServerError", "ServerRestarted", "ShuttingDown", "StaleEpoch", "StorageFailed",
    "SynapusError", "TooLarge", "TooManySessions", "UnknownRequest", "UnknownType", "Unreachable",
    "UnsupportedVersion", "WeightsRefused", "error_codes", "server_error",
]  # fmt: skip


class SynapusError(Exception):
    """Anything that went wrong with a chip or the way to it."""


# The client's own


class InputError(SynapusError, ValueError):
    """An argument that no chip could take: a wrong shape, type or range."""


class ImageError(SynapusError, ValueError):
    """Bytes that are no sound chip image."""


class KeyFileError(SynapusError, ValueError):
    """A key file that is missing, open to others, or holds no key."""


class Unreachable(SynapusError, ConnectionError):
    """No server answered in time; :attr:`seconds` tells how long it was tried."""

    def __init__(self, text: str, seconds: float = 0.0) -> None:
        super().__init__(text)
        self.seconds = seconds


class LocalServerError(SynapusError):
    """The program ``synapus`` was not found, or ended before it could be reached."""


class ProtocolError(SynapusError):
    """The server's answer is not of the protocol."""


class ServerRestarted(SynapusError):
    """The server, or the chip's worker, was started again, and what came after the last checkpoint is gone.

    Session and lease are there again; load the image, or write the weights, and go on.
    """

    def __init__(self, text: str, images: list[dict[str, Any]]) -> None:
        super().__init__(text)
        #: What ``session.resume`` said of each image: ``chip``, ``state``, ``checkpoint``, ``runs_since``.
        self.images = images


# The server's

_CLASSES: dict[str, type[ServerError]] = {}


class ServerError(SynapusError):
    """An error that the server answered with; each code of the protocol has a class."""

    #: The code of this class.
    code = "error"

    def __init_subclass__(cls, code: str | None = None) -> None:
        if code is not None:
            cls.code, _CLASSES[code] = code, cls

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        title: str = "",
        field: str | None = None,
        limit: int | None = None,
        actual: int | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(detail or title)
        #: What happened, one sentence about this case.
        self.detail = detail
        self.code = code or type(self).code
        #: What the code means.
        self.title = title
        #: The header's key or the array at fault.
        self.field = field
        #: What is allowed, and what was found.
        self.limit, self.actual = limit, actual
        #: Whether the same request may succeed later, and after how many seconds.
        self.retryable, self.retry_after = retryable, retry_after
        #: The request that was refused.
        self.request_id = request_id

    def __str__(self) -> str:
        text = self.detail or self.title or "no reason given"
        if self.limit is not None and self.actual is not None:
            text += f" ({self.actual}; {self.limit} allowed)"
        return f"{self.code}: {text}"


class BadFrame(ServerError, code="bad_frame"):
    """Wrong number of frames, or no magic frame: a fault of this client."""


class BadHeader(ServerError, ValueError, code="bad_header"):
    """A field is missing, wrong or out of range; see :attr:`field`."""


class BadPayload(ServerError, ValueError, code="bad_payload"):
    """An array is missing, of a wrong type or shape, or its checksum is wrong; see :attr:`field`."""


class UnknownType(ServerError, code="unknown_type"):
    """The server has no such request on this socket."""


class TooLarge(ServerError, code="too_large"):
    """A request or its recording is above a limit: take smaller batches, or record less."""


class UnsupportedVersion(ServerError, code="not_supported_version"):
    """No version of the protocol that both speak."""


class NotPermitted(ServerError, PermissionError, code="not_permitted"):
    """This user may not do that."""


class NoChip(ServerError, LookupError, code="no_chip"):
    """There is no such chip, or there are several and one must be named."""


class NoSession(ServerError, code="no_session"):
    """The session has ended."""


class TooManySessions(ServerError, code="too_many_sessions"):
    """This user, or the server, has as many sessions as are allowed."""


class NoLease(ServerError, code="no_lease"):
    """The session has no lease on the chip."""


class StaleEpoch(ServerError, code="stale_epoch"):
    """The lease has ended since; nothing was done."""


class NoImage(ServerError, code="no_image"):
    """No image was loaded."""


class Busy(ServerError, code="busy"):
    """Too many requests of this session wait."""


class IdReused(ServerError, code="id_reused"):
    """An id was used for another request: a fault of this client."""


class UnknownRequest(ServerError, code="unknown_request"):
    """The server never had the request, or has forgotten it."""


class DeadlineExceeded(ServerError, TimeoutError, code="deadline_exceeded"):
    """The request waited longer than its deadline; nothing was done."""


class Cancelled(ServerError, code="cancelled"):
    """The request was cancelled; nothing was done."""


class ChipRefused(ServerError, ValueError, code="chip_refused"):
    """The chip says no; the detail is its reason."""


class WeightsRefused(ChipRefused):
    """The chip did not take weights that were written before, and has not got them.

    Weights travel with the next call that uses the chip (:meth:`Chip.write`), which is the one that raises this. ``code``,
    ``detail`` and the other fields are those of the server's answer.
    """

    @classmethod
    def because(cls, error: ServerError) -> WeightsRefused:
        """For the server's answer to the weights alone."""
        return cls(**{name: getattr(error, name) for name in _FIELDS})


class ChipFailed(ServerError, code="chip_failed"):
    """The chip's worker ended in the middle of the request."""


class ChipFaulted(ServerError, code="chip_faulted"):
    """The chip is out of order until an operator resets it."""


class Lost(ServerError, code="lost"):
    """The server was started again in the middle of the request, or its results are gone."""


class NotAvailable(ServerError, code="not_available"):
    """This server does not offer that."""


class StorageFailed(ServerError, code="storage_failed"):
    """The server's journal could not be written; nothing was done."""


class ShuttingDown(ServerError, code="shutting_down"):
    """The server is ending."""


class InternalError(ServerError, code="internal_error"):
    """A fault of the server."""


_FIELDS = ("detail", "code", "title", "field", "limit", "actual", "retryable", "retry_after", "request_id")


def error_codes() -> dict[str, type[ServerError]]:
    """The exception of each code of the protocol."""
    return dict(_CLASSES)


def server_error(body: Mapping[str, Any], request_id: str = "") -> ServerError:
    """The exception for an error's body; an unknown code gives a plain :class:`ServerError`."""

    def text(key: str) -> str:
        value = body.get(key)
        return value if isinstance(value, str) else ""

    def whole(key: str) -> int | None:
        value = body.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    code = text("type") or "internal_error"
    after = whole("retry_after_ms")
    return _CLASSES.get(code, ServerError)(
        text("detail"),
        code=code,
        title=text("title"),
        field=text("field") or None,
        limit=whole("limit"),
        actual=whole("actual"),
        retryable=body.get("retryable") is True,
        retry_after=None if after is None else after / 1000,
        request_id=text("request_id") or request_id or None,
    )
