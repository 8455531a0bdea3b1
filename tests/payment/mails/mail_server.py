"""A mail server of a few lines, on loopback, that keeps what it is given or refuses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Event, Thread
from typing import cast

from pytest_django import Settings


class _Conversation(StreamRequestHandler):
    server: "MailServer"

    def handle(self) -> None:
        self._say("220 welcome")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"QUIT":
                self._say("221 goodbye")
                return
            if verb == b"DATA":
                self._take_message()
            else:
                self._say(self.server.answers.get(verb.decode(), "250 fine"))

    def _take_message(self) -> None:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.has_taken.set()
        assert self.server.may_answer.wait(20)
        self.server.received.append(b"".join(lines))
        self._say("250 kept")

    def _say(self, answer: str) -> None:
        self.wfile.write(f"{answer}\r\n".encode())


class MailServer(ThreadingTCPServer):
    """``answers`` replaces what it says to a verb. It answers a message when it ``may_answer``."""

    allow_reuse_address = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Conversation)
        self.answers: dict[str, str] = {}
        self.received: list[bytes] = []
        self.has_taken, self.may_answer = Event(), Event()
        self.may_answer.set()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def messages(self) -> list[EmailMessage]:
        return [
            cast("EmailMessage", message_from_bytes(each, policy=policy.default))
            for each in self.received
        ]


@contextmanager
def running_mail_server(port: int = 0) -> Iterator[MailServer]:
    with MailServer(port) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.may_answer.set()
        server.shutdown()
        thread.join()


def send_through(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
