"""``python -m joanie.demo.replay.balancer PORT SERVER_PORT …``: one address for several servers.

It passes connections on, to each server in turn, as a load balancer does. What one server refuses
goes to the next: nothing was sent yet. What is cut later is cut for the client too, who alone
knows whether the same may be sent again.
"""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress

from joanie.demo.processes import LOOPBACK

CHUNK = 65536


class Balancer:
    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = [*ports]

    async def serve(self, port: int) -> None:
        """Serve until the end of the process."""
        server = await asyncio.start_server(self._take, LOOPBACK, port)
        async with server:
            await server.serve_forever()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for port in self._in_turn():
            with suppress(OSError):
                server_reader, server_writer = await asyncio.open_connection(LOOPBACK, port)
                await asyncio.gather(_pass(reader, server_writer), _pass(server_reader, writer))
                return
        writer.close()

    def _in_turn(self) -> Iterable[int]:
        """Begin with another one each time."""
        self._ports.append(self._ports.pop(0))
        return [*self._ports]


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, and the end of it."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


def main(port: int, *ports: int) -> None:
    asyncio.run(Balancer(ports).serve(port))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
