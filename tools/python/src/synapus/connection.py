"""Sockets to a server: requests that are done exactly once, whatever happens to the line.

A request is sent, and sent again byte for byte, until its answer is there. What takes long (the run socket) is asked for by
``request.attach``, which does not send the payload again. A thread of its own pings the server; when the server comes back
after a silence, or as another one, everything that waits asks again at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import zmq

from .checksum import Bytes
from .errors import Lost, NoSession, NotPermitted, ProtocolError, ServerError, UnknownRequest, Unreachable
from .keys import ClientKey
from .protocol import VERSIONS, Header, Limits, Message, decode, encode, fresh_id

__all__ = ["Channel", "Connection", "Exchange", "Greeting", "Heartbeat"]

log = logging.getLogger("synapus")

# How long a socket is listened to before other threads get their turn, in milliseconds.
_SLICE_MS = 50
# Answers on control are small; a larger one ends the connection. On run the server's own limit holds.
_LARGEST_ON_CONTROL = 2 << 20


@dataclass(frozen=True)
class Greeting:
    """What a server says of itself: the answer to ``hello``."""

    version: int
    build: str
    server_session: str
    user: str
    role: str
    run_endpoint: str
    events_endpoint: str
    limits: Limits
    features: tuple[str, ...]
    #: The chips that this user may use, as the server describes them.
    chips: tuple[Header, ...]

    @classmethod
    def read(cls, message: Message) -> Greeting:
        """Reads the answer."""
        endpoints = message.header.get("endpoints")
        chips, features = message.header.get("chips", []), message.header.get("features", [])
        if not isinstance(endpoints, dict) or not isinstance(chips, list) or not isinstance(features, list):
            raise ProtocolError("hello.ok has no endpoints, or no lists of chips and features")
        run, events = endpoints.get("run"), endpoints.get("events")
        if not isinstance(run, str) or not isinstance(events, str):
            raise ProtocolError("hello.ok does not name its endpoints")
        return cls(
            version=message.whole("version"),
            build=message.text("build"),
            server_session=message.text("server_session"),
            user=str(message.header.get("user", "")),
            role=str(message.header.get("role", "")),
            run_endpoint=run,
            events_endpoint=events,
            limits=Limits.read(message.header.get("limits")),
            features=tuple(str(feature) for feature in features),
            chips=tuple(chip for chip in chips if isinstance(chip, dict)),
        )


@dataclass
class _Waiting:
    """A request under way, and the messages that came for it."""

    frames: list[Bytes]
    inbox: deque[Message] = field(default_factory=deque)


class Channel:
    """One DEALER socket, and the requests that wait for answers on it."""

    def __init__(
        self,
        context: zmq.Context[zmq.Socket[bytes]],
        endpoint: str,
        key: ClientKey | None,
        largest: int = _LARGEST_ON_CONTROL,
    ) -> None:
        self.endpoint = endpoint
        self._socket = open_socket(context, zmq.DEALER, endpoint, key, largest)
        self._waiting: dict[str, _Waiting] = {}
        self._lock = threading.Lock()
        self._senders = 0

    def begin(self, request: str, frames: list[Bytes]) -> None:
        """Sends a request whose answers shall be kept."""
        self._waiting[request] = _Waiting(frames)
        self.send(frames)

    def resend(self, request: str) -> None:
        """Sends a request again, byte for byte."""
        self.send(self._waiting[request].frames)

    def end(self, request: str) -> None:
        """Forgets a request; what still comes for it is dropped."""
        self._waiting.pop(request, None)

    def send(self, frames: Sequence[Bytes]) -> None:
        """Sends frames, from any thread."""
        self._senders += 1
        with self._lock:
            self._senders -= 1
            try:
                self._socket.send_multipart(list(frames), flags=zmq.DONTWAIT, copy=True)
            except zmq.Again:
                # The line is down and its queue full; what waits is sent again when it is back.
                log.debug("a message could not be queued for %s", self.endpoint)

    def receive(self, request: str, seconds: float) -> Message | None:
        """The next message for a request, or None when none came in that time."""
        deadline = time.monotonic() + seconds
        while True:
            waiting = self._waiting[request]
            if waiting.inbox:
                return waiting.inbox.popleft()
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._listen(request, min(left * 1000, _SLICE_MS))
            if self._senders:
                time.sleep(0.0005)

    def _listen(self, request: str, milliseconds: float) -> None:
        with self._lock:
            if self._waiting[request].inbox:
                return
            if not self._socket.poll(max(int(milliseconds), 1)):
                return
            while True:
                try:
                    frames = self._socket.recv_multipart(zmq.DONTWAIT, copy=False)
                except zmq.Again:
                    return
                self._take([frame.buffer for frame in frames])

    def _take(self, frames: Sequence[Bytes]) -> None:
        message = decode(frames)
        waiting = self._waiting.get(message.id)
        if waiting is not None:
            waiting.inbox.append(message)
        elif message.type == "error" and not message.id and message.error is not None:
            # The server could not read whose request it was.
            raise message.error

    def close(self) -> None:
        """Closes the socket; what was not sent yet is dropped."""
        with self._lock:
            self._socket.close(0)


def open_socket(
    context: zmq.Context[zmq.Socket[bytes]], kind: int, endpoint: str, key: ClientKey | None,
    largest: int = _LARGEST_ON_CONTROL,
) -> zmq.Socket[bytes]:  # fmt: skip
    """A socket with this package's settings, connected."""
    socket = context.socket(kind)
    options = [
        (zmq.LINGER, 0), (zmq.SNDHWM, 1000), (zmq.RCVHWM, 1000), (zmq.MAXMSGSIZE, largest),
        (zmq.HEARTBEAT_IVL, 1000), (zmq.HEARTBEAT_TIMEOUT, 5000), (zmq.HEARTBEAT_TTL, 5000),
        (zmq.HANDSHAKE_IVL, 3000), (zmq.RECONNECT_IVL, 50), (zmq.RECONNECT_IVL_MAX, 1000), (zmq.IPV6, 1),
    ]  # fmt: skip
    for option, value in options:
        socket.setsockopt(option, value)
    if key is not None:
        socket.setsockopt(zmq.CURVE_SERVERKEY, key.server.encode())
        socket.setsockopt(zmq.CURVE_PUBLICKEY, key.public.encode())
        socket.setsockopt(zmq.CURVE_SECRETKEY, key.secret.encode())
    try:
        socket.connect(endpoint)
    except zmq.ZMQError as error:
        socket.close(0)
        raise Unreachable(f"'{endpoint}' is no endpoint: {error}; ipc:///PATH or tcp://HOST:PORT is") from None
    return socket


class Heartbeat:
    """Pings the server once a second, from a thread and a socket of its own."""

    PERIOD = 1.0
    #: Seconds without an answer after which the server counts as not reachable.
    MISSED = 3.0

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ended = threading.Event()
        self._last = time.monotonic()
        self._silent = False
        #: Grows when the server is back after a silence, or is another one.
        self.generation = 0
        #: The life of the server that answered last, and what it said of the leases.
        self.server_session = connection.greeting.server_session
        self.leases: list[Header] = []
        #: Whether the server does not know the session any more.
        self.session_is_gone = False
        self.token: str | None = None
        self._thread = threading.Thread(target=self._run, name="synapus heartbeat", daemon=True)
        self._thread.start()

    @property
    def silence(self) -> float:
        """Seconds since the server answered last."""
        return time.monotonic() - self._last

    def stop(self) -> None:
        """Ends the thread."""
        self._ended.set()
        self._thread.join(5)

    def _run(self) -> None:
        connection = self._connection
        channel = Channel(connection.context, connection.endpoint, connection.key)
        try:
            while not self._ended.is_set():
                self._ping(channel)
        except zmq.ZMQError:
            pass  # The context has ended, and with it the connection.
        finally:
            channel.close()

    def _ping(self, channel: Channel) -> None:
        request = fresh_id()
        header: Header = {"type": "ping", "id": request}
        if self.token is not None:
            header["session"] = self.token
        started = time.monotonic()
        channel.begin(request, encode(header))
        try:
            while (left := started + self.PERIOD - time.monotonic()) > 0 and not self._ended.is_set():
                answer = channel.receive(request, min(left, 0.2))
                if answer is not None:
                    self._answered(answer, header.get("session"))
        except (ProtocolError, ServerError) as error:
            log.debug("a ping was answered by %s", error)
            self._ended.wait(self.PERIOD)
        finally:
            channel.end(request)
        if not self._silent and self.silence > self.MISSED:
            self._silent = True
            log.warning("no answer from %s for %.0f s; trying on", channel.endpoint, self.silence)

    def _answered(self, answer: Message, token: str | None) -> None:
        self._last = time.monotonic()
        if answer.type == "error":
            self.session_is_gone = self.session_is_gone or (
                isinstance(answer.error, NoSession) and token is not None and token == self.token
            )
            return
        name = answer.header.get("server_session")
        is_another = isinstance(name, str) and name != self.server_session
        if isinstance(name, str):
            self.server_session = name
        leases = answer.header.get("leases")
        self.leases = leases if isinstance(leases, list) else []
        if is_another or self._silent:
            log.info("%s answers again%s", self._connection.endpoint, ", as a new server" if is_another else "")
            self._silent = False
            self.generation += 1


class Connection:
    """The line to one server: its greeting, two channels and a heartbeat."""

    #: Seconds after which a request on control is sent again.
    RESEND_AFTER = 1.0
    #: Seconds without a word about a request on run after which it is asked for.
    ATTACH_AFTER = 5.0

    def __init__(
        self, endpoint: str, key: ClientKey | None = None, *, timeout: float = 5.0, patience: float | None = 60.0
    ) -> None:
        """Greets the server at its control endpoint.

        Args:
            endpoint: ``ipc:///PATH`` or ``tcp://HOST:PORT``.
            key: for servers with keys.
            timeout: seconds that the first answer may take.
            patience: seconds without any answer after which requests give up with :class:`Unreachable`; None: never.
        """
        self.endpoint, self.key, self.patience = endpoint, key, patience
        self.context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.is_closed = False
        try:
            self.control = Channel(self.context, endpoint, key)
            self.greeting = self._greet(timeout)
            largest = self.limits.result_bytes + (1 << 20)
            self.run = Channel(self.context, self.greeting.run_endpoint, key, largest)
            self.heartbeat = Heartbeat(self)
        except BaseException:
            self.context.destroy(0)
            raise

    @property
    def limits(self) -> Limits:
        """What the server accepts."""
        return self.greeting.limits

    def _greet(self, timeout: float) -> Greeting:
        try:
            answer = self.ask({"type": "hello", "versions": list(VERSIONS)}, timeout=timeout)
        except Unreachable:
            hint = "is it started (synapus serve)?" if self.key is None else "is the key right?"
            raise Unreachable(f"no server answers at {self.endpoint} within {timeout:g} s; {hint}", timeout) from None
        return Greeting.read(answer)

    # Control

    def ask(self, header: Mapping[str, Any], *, timeout: float | None = None) -> Message:
        """A request on control, which is sent again until it is answered.

        Raises:
            ServerError: what the server answered.
            Unreachable: after ``timeout``, or the connection's patience, without an answer.
        """
        request = fresh_id()
        limit = self.patience if timeout is None else timeout
        started = time.monotonic()
        pause = self.RESEND_AFTER
        self.control.begin(request, encode({**header, "id": request}))
        try:
            while True:
                spent = time.monotonic() - started
                if limit is not None and spent >= limit:
                    raise Unreachable(f"no answer to '{header['type']}' from {self.endpoint} in {spent:.1f} s", spent)
                left = pause if limit is None else min(pause, limit - spent)
                answer = self.control.receive(request, left)
                if answer is not None:
                    if answer.error is not None:
                        raise answer.error
                    return answer
                pause = min(2 * pause, 8.0)
                self.control.resend(request)
        finally:
            self.control.end(request)

    def tell(self, header: Mapping[str, Any]) -> None:
        """A message on run that has no answer."""
        self.run.send(encode({**header, "id": fresh_id()}))

    def exchange(self, header: Mapping[str, Any], payload: Sequence[tuple[Header, Bytes]] = ()) -> Exchange:
        """Begins a request on run."""
        return Exchange(self, header, payload)

    def close(self) -> None:
        """Closes everything at once; the server keeps what it was asked until its sessions end."""
        if self.is_closed:
            return
        self.is_closed = True
        self.heartbeat.stop()
        self.control.close()
        self.run.close()
        self.context.destroy(0)


class Exchange:
    """One request on run, from its sending to its last message."""

    def __init__(
        self, connection: Connection, header: Mapping[str, Any], payload: Sequence[tuple[Header, Bytes]]
    ) -> None:
        self.id = fresh_id()
        self.session = header.get("session")
        self._connection = connection
        self._type = header["type"]
        self._attach: str | None = None
        self._heard = time.monotonic()
        self._generation = connection.heartbeat.generation
        #: Chunks that have come, and that can be taken, for ``request.attach``.
        self.received, self.credit = 0, 8
        connection.run.begin(self.id, encode({**header, "id": self.id}, payload))

    def is_answer(self, message: Message) -> bool:
        """Whether a message is the last for the request."""
        return message.type == f"{self._type}.ok"

    def answer(self) -> Message:
        """The answer; messages before it are passed over. The request is forgotten after it.

        Raises:
            ServerError: where the answer is an error.
            Unreachable: when the server does not answer pings any more.
        """
        try:
            while True:
                message = self.next()
                if self.is_answer(message):
                    return message
        finally:
            self.end()

    def next(self, seconds: float | None = None) -> Message:
        """The next message; asks for it where it is late. With ``seconds``, raises TimeoutError after them."""
        channel, heartbeat = self._connection.run, self._connection.heartbeat
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            message = channel.receive(self.id, 0.1)
            if message is not None:
                self._heard = time.monotonic()
                if message.error is not None:
                    raise message.error
                return message
            self._hear_attach()
            self._check_server()
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"no message for '{self._type}' in {seconds} s")
            late = time.monotonic() - self._heard > self._connection.ATTACH_AFTER
            if late or heartbeat.generation != self._generation:
                self.attach()

    def attach(self) -> None:
        """Asks for what comes next, without sending the payload again."""
        self._generation = self._connection.heartbeat.generation
        self._heard = time.monotonic()
        self._end_attach()
        self._attach = fresh_id()
        header = {"type": "request.attach", "id": self._attach, "session": self.session, "target": self.id,
                  "received": self.received, "credit": self.credit}  # fmt: skip
        self._connection.run.begin(self._attach, encode(header))

    def _hear_attach(self) -> None:
        if self._attach is None:
            return
        answer = self._connection.run.receive(self._attach, 0)
        if answer is None:
            return
        self._end_attach()
        self._heard = time.monotonic()
        if isinstance(answer.error, UnknownRequest):
            log.info("'%s' is sent again: the server does not know it", self._type)
            self._connection.run.resend(self.id)
        elif isinstance(answer.error, (Lost, NoSession, NotPermitted)):
            raise answer.error

    def _check_server(self) -> None:
        patience, silence = self._connection.patience, self._connection.heartbeat.silence
        if patience is not None and silence > patience:
            raise Unreachable(
                f"{self._connection.endpoint} has not answered for {silence:.0f} s; '{self._type}' may or may not be done",
                silence,
            )

    def _end_attach(self) -> None:
        if self._attach is not None:
            self._connection.run.end(self._attach)
            self._attach = None

    def end(self) -> None:
        """Forgets the request."""
        self._end_attach()
        self._connection.run.end(self.id)
