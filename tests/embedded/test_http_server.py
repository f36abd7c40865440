"""The HTTP server, against clients that write bytes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tracing_lab.embedded.http import HttpRequest, HttpResponse
from tracing_lab.embedded.http_server import HttpLimits, HttpServer

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Scenario = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def echo(request: HttpRequest) -> HttpResponse:
    """Answer with what came."""
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
        assert not server.connections

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


def test_a_client_that_waits_for_leave_to_send_gets_it() -> None:
    async def scenario(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
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
