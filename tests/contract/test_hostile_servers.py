"""Real connections to servers that break the rules: nothing fills the memory, leaks a credential, or hangs."""

from __future__ import annotations

import asyncio
import gzip
import resource

import pytest

from connector.domain.errors import ConfigError, InDoubt, TransientError
from connector.sides import rows
from connector.sides.body import Unreadable
from connector.sides.budget import Budgets
from connector.sides.clopos.adapter import CloposSide
from connector.sides.clopos.auth import Tokens
from connector.sides.clopos.options import CloposOptions
from connector.sides.http import Answer, Wire
from tests.contract.harness import DictMemory, ListJournal, TestClock
from tests.contract.hostile import answer, served, wire_to
from tests.contract.wires import GET, POST, Token, taken

OK = "HTTP/1.1 200 OK\nContent-Type: application/json\nConnection: close"
CHUNK = b"10000\r\n" + b" " * 65_536 + b"\r\n"


async def fails(wire: Wire, code: str, detail: str) -> None:
    """A reading that is given up, with that code and that word for engineers."""
    with pytest.raises(TransientError) as raised:
        await wire.send(GET, taken, signer=Token())
    assert raised.value.code == code
    assert detail in raised.value.engineer


async def test_a_body_without_end_is_cut_off() -> None:
    """Chunks for ever: the connection is closed at the bound, long before the memory is full."""
    script = answer(OK + "\nTransfer-Encoding: chunked", CHUNK, endless=True)
    async with served(script) as server, wire_to(server, largest_body=1_000_000) as wire:
        await fails(wire, "read-failed", "too-large")
        assert len(server.heads) == 1, "asking again brings the same"


async def test_a_body_that_announces_more_than_the_bound_is_not_read_at_all() -> None:
    script = answer(OK + "\nContent-Length: 99999999999", b"[")
    async with served(script) as server, wire_to(server, largest_body=1_000_000) as wire:
        await fails(wire, "read-failed", "too-large")


async def test_a_gzip_bomb_over_a_socket_takes_no_memory() -> None:
    """A gigabyte of zeros in a megabyte, and bombs within it: unpacked piece by piece, stopped at the bound."""
    bomb = gzip.compress(b"\0" * 16_000_000, mtime=0) * 60
    script = answer(OK + f"\nContent-Encoding: gzip\nContent-Length: {len(bomb)}", bomb)
    async with served(script) as server, wire_to(server, largest_body=4_000_000) as wire:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await fails(wire, "read-failed", "too-large")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024, "KB"


async def test_a_write_answered_with_a_bomb_is_in_doubt() -> None:
    """The server took it, whatever it sends back (CL-05, CP-19)."""
    bomb = gzip.compress(b"\0" * 16_000_000, mtime=0)
    script = answer(OK + f"\nContent-Encoding: gzip\nContent-Length: {len(bomb)}", bomb)
    async with served(script) as server, wire_to(server, largest_body=1_000_000) as wire:
        with pytest.raises(InDoubt):
            await wire.send(POST, taken)
        assert len(server.heads) == 1


async def test_a_second_gzip_member_is_refused_not_ignored() -> None:
    """Two bodies one behind the other: what stands in the second would be lost without a word."""
    packed = gzip.compress(b'[{"id":1},', mtime=0) + gzip.compress(b'{"id":2}]', mtime=0)
    script = answer(OK + f"\nContent-Encoding: gzip\nContent-Length: {len(packed)}", packed)
    async with served(script) as server, wire_to(server) as wire:
        await fails(wire, "read-failed", "broken")


async def test_a_page_of_millions_of_values_is_refused() -> None:
    body = b"[" + b"0," * 1_500_000 + b"0]"

    def page(told: Answer) -> object:
        return rows.top_level(told.body)

    async with served(answer(OK + f"\nContent-Length: {len(body)}", body)) as server, wire_to(server) as wire:
        with pytest.raises(TransientError) as raised:
            await wire.send(GET, page)
        assert "more than 1,000,000 values" in raised.value.engineer


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_refused_and_no_credential_follows_it(status: str) -> None:
    """Neither a read nor a write nor the login goes where a server points; the error says so."""
    async with served(answer(OK, b"{}")) as elsewhere:
        head = f"HTTP/1.1 {status}\nLocation: http://127.0.0.1:{elsewhere.port}/\nContent-Length: 0\nConnection: close"
        async with served(answer(head)) as server, wire_to(server) as wire:
            told = await wire.send(POST, taken, signer=Token())
            assert told.status // 100 == 3
            side = _side(server.port)
            with pytest.raises(ConfigError) as raised:
                await side.check()
            assert raised.value.code == "redirected"
            assert "base_url" in raised.value.next_step
            await side.aclose()
            assert len(server.heads) == 2
        assert elsewhere.heads == [], "nobody came, with or without a token"


def _side(port: int) -> CloposSide:
    clock = TestClock()
    options = CloposOptions(
        pair="main", client_id="c", client_secret="geheim-und-lang", brand="b", integrator_id="i",
        base_url=f"http://127.0.0.1:{port}/",
    )  # fmt: skip
    return CloposSide(
        options, journal=ListJournal(), clock=clock, memory=DictMemory(), budgets=Budgets(clock), tokens=Tokens()
    )


async def test_a_certificate_that_nobody_signed_is_refused_before_anything_is_sent() -> None:
    async with served(answer(OK, b"{}"), tls=True) as server, wire_to(server, scheme="https") as wire:
        await fails(wire, "tls-failed", "certificate")
        assert server.heads == [], "no request, no token"


async def test_a_server_that_speaks_no_tls_gets_nothing_of_https() -> None:
    async with served(answer(OK, b"{}")) as server, wire_to(server, scheme="https", connect=0.1) as wire:
        with pytest.raises(TransientError):
            await wire.send(GET, taken, signer=Token())
        assert all(b"x-token" not in head for head in server.heads)


@pytest.mark.parametrize(
    "head",
    [
        "HTTP/1.1 twohundred OK",
        "SSH-2.0-OpenSSH_9.2",
        "HTTP/1.1 200 OK\nContent-Length: 5\nContent-Length: 7",
        "HTTP/1.1 200 OK\nContent-Length: -5",
        "HTTP/1.1 200 OK\n" + "\n".join(f"X-{n}: {'x' * 500}" for n in range(400)),
        "HTTP/1.1 200 OK\nX: " + "y" * 200_000,
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nConnection: close\n\nzz\nnot a chunk",
        "HTTP/1.1 200 OK\nContent-Length: 500\nConnection: close\n\ncut",
    ],
    ids=["no status", "another protocol", "two lengths", "a negative length", "400 headers", "a header of 200 kB",
         "broken chunks", "cut short"],
)  # fmt: skip
async def test_what_is_no_http_is_a_broken_answer(head: str) -> None:
    async with served(answer(head)) as server, wire_to(server, total=10.0) as wire:
        await fails(wire, "read-failed", "broken")
        assert len(server.heads) == 4, "a reading is tried again"


async def test_headers_with_hostile_numbers_teach_nothing_and_break_nothing() -> None:
    """Numbers beyond every bound, negative ones, words, dates of the year 0001."""
    head = OK + (
        "\nRateLimit-Remaining: 99999999999999999999\nRateLimit-Reset: -5\nX-RateLimit-Remaining: 5e3"
        "\nX-RateLimit-Reset: soon\nRetry-After: Mon, 31 Feb 0001 99:99:99 GMT\nDate: never\nContent-Length: 2"
    )
    async with served(answer(head, b"{}")) as server, wire_to(server) as wire:
        assert (await wire.send(GET, taken)).status == 200
        assert wire.budget.state().wait == 0


async def test_an_answer_that_drips_is_given_up() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(OK.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with served(drip) as server, wire_to(server, total=0.05) as wire:
        await fails(wire, "read-failed", "timeout")
        assert server.heads


async def test_a_body_that_is_no_json_is_asked_for_again_and_never_an_empty_page() -> None:
    def page(told: Answer) -> object:
        return rows.top_level(told.body)

    for body in (b"", b"null", b"<html>", b"\xff\xfe[\x00]\x00", b"[" * 60_000):
        script = answer(OK + f"\nContent-Length: {len(body)}", body)
        async with served(script) as server, wire_to(server) as wire:
            with pytest.raises(TransientError):
                await wire.send(GET, page)
            assert len(server.heads) == 4
    with pytest.raises(Unreadable):
        rows.top_level(b"")
