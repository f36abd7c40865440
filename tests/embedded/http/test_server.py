"""The HTTP server, against clients that write bytes."""

import asyncio
import gc
import socket
import struct
import weakref
from collections.abc import Awaitable, Callable

import pytest
from waiting import until

from tracing_lab.embedded.http.limits import HttpLimits
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.http.server import HttpServer

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Scenario = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(request: HttpRequest) -> HttpResponse:
    """Respond with what the request contained."""
    if request.path == "/broken":
        raise ZeroDivisionError
    text = f"{request.method} {request.path}?{request.query} {request.body!r}"
    forged = request.header("X-Forged") or ""
    return HttpResponse(200, (("X-Echo", forged.replace("|", "\r\n")),), text.encode())


def talk(scenario: Scenario) -> None:
    """Run a scenario on a connection to a server with small limits."""

    async def within() -> None:
        server = HttpServer(echo, limits=HttpLimits(head=1000, body=10))
        port = await server.listen()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(10):
            await scenario(reader, writer)
        writer.close()
        await server.close()
        assert not server.service.connections

    asyncio.run(within())


async def answer_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Read one answer: status, headers, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in head[1:] if line)
    body = await reader.readexactly(int(headers.get("Content-Length", "0")))
    return int(head[0].split()[1]), headers, body


def test_a_connection_serves_several_requests_in_their_order() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests = [b"GET /%d?a=b HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(40)]
        writer.write(b"".join(requests))
        for number in range(40):
            status, headers, body = await answer_of(reader)
            assert (status, body) == (200, f"GET /{number}?a=b b''".encode())
            assert "Connection" not in headers
            assert headers["Date"].endswith("GMT")

    talk(scenario)


def test_a_body_may_come_in_pieces_and_chunks() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nContent-Le")
        await writer.drain()
        writer.write(b"ngth: 4\r\n\r\nab")
        await writer.drain()
        writer.write(b"cd")
        assert (await answer_of(reader))[2] == b"POST /? b'abcd'"
        writer.write(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        assert (await answer_of(reader))[2] == b"PUT /? b'abc'"

    talk(scenario)


@pytest.mark.parametrize(
    "expect",
    [
        b"Expect: 100-continue",
        b"Expect: else\r\nExpect: 100-Continue",
        b"Expect: 100-continue\r\nExpect: else",
        b"Expect: else, 100-continue",
    ],
)
def test_a_client_that_waits_for_leave_to_send_gets_it(expect: bytes) -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n" + expect + b"\r\n\r\n")
        assert (await answer_of(reader))[0] == 100
        writer.write(b"ok")
        assert (await answer_of(reader))[2] == b"POST /? b'ok'"

    talk(scenario)


def test_too_large_a_body_is_refused_and_the_connection_lives_on() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n" + b"x" * 11)
        status, _, body = await answer_of(reader)
        assert status == 413
        assert b"11 bytes" in body
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        assert (await answer_of(reader))[0] == 200

    talk(scenario)


@pytest.mark.parametrize(
    "sent, status",
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: " + b"x" * 2000, 431),
        (b"GET /broken HTTP/1.1\r\nConnection: close\r\n\r\n", 500),
    ],
)
def test_what_cannot_be_served_is_answered_and_the_connection_ends(
    sent: bytes, status: int
) -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        answered, headers, _ = await answer_of(reader)
        assert (answered, headers["Connection"]) == (status, "close")
        assert await reader.read() == b""

    talk(scenario)


def test_old_clients_and_heads_without_bodies() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HEAD /a HTTP/1.1\r\n\r\nGET http://127.0.0.1:1/b?c=d#e HTTP/1.0\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"Content-Length: 12" in head
        _, headers, body = await answer_of(reader)
        assert body == b"GET /b?c=d b''"
        assert headers["Connection"] == "close"

    talk(scenario)


def test_a_client_that_sends_no_more_still_gets_its_answers() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTT")
        writer.write_eof()
        for path in ("/1", "/2"):
            assert path.encode() in (await answer_of(reader))[2]
        assert await reader.read() == b""

    talk(scenario)


def test_bytes_that_are_no_text_arrive_as_text() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for sent in (b"caf\xe9", "café".encode()):
            writer.write(b"GET / HTTP/1.1\r\nX-Forged: " + sent + b"\r\n\r\n")
            assert (await answer_of(reader))[1]["X-Echo"] == "café"

    talk(scenario)


def test_no_header_can_forge_a_second_answer() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\nX-Forged: a|Set-Cookie: b\r\n\r\n")
        _, headers, _ = await answer_of(reader)
        assert headers["X-Echo"] == "a  Set-Cookie: b"

    talk(scenario)


def test_closing_ends_what_waits() -> None:
    async def within() -> None:
        arrived = asyncio.Event()

        async def wait_for_ever(_request: HttpRequest) -> HttpResponse:
            arrived.set()
            await asyncio.Event().wait()
            raise AssertionError

        server = HttpServer(wait_for_ever)
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.listen())
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await arrived.wait()
        await server.close()
        await server.close()
        assert await reader.read() == b""
        writer.close()

    asyncio.run(asyncio.wait_for(within(), 10))


# --- what clients may leave behind ---


class Client:
    """A connection that a test writes bytes to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """End the connection at once, as the system does for a process that was killed."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Connect = Callable[[], Awaitable[Client]]


def serve(server: HttpServer, scenario: Callable[[Connect], Awaitable[None]]) -> None:
    """Run a scenario that opens connections to a server."""

    async def within() -> None:
        port = await server.listen()
        writers = []

        async def connect() -> Client:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            return Client(reader, writer)

        async with asyncio.timeout(10):
            await scenario(connect)
        for writer in writers:
            writer.close()
        await server.close()
        assert server.service.body_bytes == 0

    asyncio.run(within())


def test_an_aborted_upload_leaves_nothing_without_a_collection() -> None:
    server = HttpServer(echo, limits=HttpLimits(body=10**6))

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 500_000)
        await until(lambda: server.service.body_bytes == 500_000)
        (connection,) = server.service.connections
        left = weakref.ref(connection)
        del connection
        client.reset()
        await until(lambda: not server.service.connections)
        await until(lambda: left() is None)

    gc.disable()
    try:
        serve(server, scenario)
    finally:
        gc.enable()


def test_requests_that_wait_for_their_turn_are_dropped_with_their_connection() -> None:
    release = asyncio.Event()

    async def slow(_request: HttpRequest) -> HttpResponse:
        await release.wait()
        return HttpResponse(200)

    server = HttpServer(slow)

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" * 3)
        await until(lambda: server.service.body_bytes == 9)
        client.reset()
        await until(lambda: server.service.body_bytes == 3)  # what is being answered goes on
        release.set()
        await until(lambda: server.service.body_bytes == 0)

    serve(server, scenario)


def test_the_bodies_of_all_connections_are_bounded() -> None:
    server = HttpServer(echo, limits=HttpLimits(body=100, bodies=150))
    half = b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + b"x" * 90

    async def scenario(connect: Connect) -> None:
        first, second = await connect(), await connect()
        await first.send(half)
        await until(lambda: server.service.body_bytes == 90)
        await second.send(half)
        assert (await answer_of(second.reader))[0] == 503
        await first.send(b"x" * 10)
        assert (await answer_of(first.reader))[0] == 200

    serve(server, scenario)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
    ],
)
def test_a_request_that_stops_coming_is_cut_off(sent: bytes) -> None:
    server = HttpServer(echo, limits=HttpLimits(pause_s=0.05))

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(sent)
        assert (await answer_of(client.reader))[0] == 408
        assert await client.reader.read() == b""

    serve(server, scenario)


def test_a_request_that_trickles_is_cut_off() -> None:
    server = HttpServer(echo, limits=HttpLimits(request_s=0.1))

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n")
        answer = asyncio.ensure_future(answer_of(client.reader))
        while not answer.done():
            client.writer.write(b"x")
            await asyncio.sleep(0.005)
        assert answer.result()[0] == 408

    serve(server, scenario)


def test_a_connection_without_a_request_is_closed_in_the_end() -> None:
    server = HttpServer(echo, limits=HttpLimits(idle_s=0.5))

    async def scenario(connect: Connect) -> None:
        never, used = await connect(), await connect()
        await used.send(b"GET / HTTP/1.1\r\n\r\n")
        assert (await answer_of(used.reader))[0] == 200
        assert await never.reader.read() == b""
        assert await used.reader.read() == b""
        await until(lambda: not server.service.connections)

    serve(server, scenario)


def test_an_answer_that_takes_long_is_not_a_stalled_request() -> None:
    server = HttpServer(slowly, limits=HttpLimits(idle_s=0.3, pause_s=0.3, request_s=0.3))

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert (await answer_of(client.reader))[0] == 200

    serve(server, scenario)


async def slowly(_request: HttpRequest) -> HttpResponse:
    await asyncio.sleep(1)  # several times what the limits allow a request to take to come
    return HttpResponse(200)


def test_trailers_are_bounded() -> None:
    server = HttpServer(echo, limits=HttpLimits(head=1000))

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n")
        for _ in range(20):
            await client.send(b"A: " + b"x" * 100 + b"\r\n")
        assert (await answer_of(client.reader))[0] == 431

    serve(server, scenario)


def test_a_rejected_request_is_answered_before_its_body_is_sent() -> None:
    heads = []

    def admit(head: HttpRequest) -> HttpResponse | None:
        heads.append(head)
        return HttpResponse(403) if head.path == "/no" else None

    server = HttpServer(echo, admit=admit)

    async def scenario(connect: Connect) -> None:
        client = await connect()
        await client.send(b"POST /yes HTTP/1.1\r\nContent-Length: 2\r\n\r\nok")
        await client.send(
            b"POST /no HTTP/1.1\r\nContent-Length: 99999\r\nExpect: 100-continue\r\n\r\n"
        )
        assert (await answer_of(client.reader))[0] == 200
        status, headers, _ = await answer_of(client.reader)
        assert (status, headers["Connection"]) == (403, "close")
        await client.send(b"x" * 99999)  # is dropped, and does not reset the connection
        assert await client.reader.read() == b""
        assert [head.path for head in heads] == ["/yes", "/no"]
        assert heads[0].peer is heads[1].peer is not None

    serve(server, scenario)


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_may_have_no_body_has_none(status: int) -> None:
    async def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(status, (("Content-Length", "4"),), b"body")

    async def within() -> bytes:
        server = HttpServer(answer)
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.listen())
        async with asyncio.timeout(10):
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            got = await reader.read()
        writer.close()
        await server.close()
        return got

    head, _, body = asyncio.run(within()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"Content-Length" not in head
    assert body == b""
