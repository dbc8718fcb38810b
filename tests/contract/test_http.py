"""`send`: what goes out, what is logged, what is repeated, what is bounded."""

import asyncio
import errno
import gzip
import socket
import ssl
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from connector.domain.errors import ConfigError, InDoubt, TransientError, UnsafePlan
from connector.sides import causes
from connector.sides.body import Unreadable
from connector.sides.http import Answer, Call
from connector.sides.problems import SlowPage, checked_base_url, checked_secret
from connector.sides.retry import CallKind
from tests.contract.wires import GET, PLACE, POST, Chunks, Scripted, Token, taken

OK = httpx.Response(200, json={"ok": True})


async def test_what_goes_out() -> None:
    server = Scripted(OK)
    await server.wire.send(POST, taken, signer=Token())
    await server.wire.send(GET, taken, signer=Token())
    post, get = server.seen
    assert str(get.url) == "https://pos.test/api/v2/customers/41%2F01?q=Aysel"
    assert get.headers["user-agent"].startswith("clopos-checkandplace-connector/")
    assert get.headers["x-token"] == "t1"
    assert "content-type" not in get.headers
    assert post.headers["content-type"] == "application/json"
    assert post.content == b'{"name":"Aysel","phone":"+994501234567"}'
    assert "cookie" not in get.headers


async def test_brackets_are_percent_encoded() -> None:
    """CL-25."""
    server = Scripted(OK)
    query = [("sort[0]", "id"), ("filters[0][1]", "+994")]
    await server.wire.send(Call("GET", "/customers", CallKind.READ, "x", query=query), taken)
    assert server.seen[0].url.query == b"sort%5B0%5D=id&filters%5B0%5D%5B1%5D=%2B994"


async def test_the_log_has_templates_and_no_values() -> None:
    server = Scripted(httpx.Response(500), httpx.ConnectError("no"), OK)
    answer = await server.wire.send(GET, taken)
    first, second, third = server.journal.entries
    assert [entry.route for entry in server.journal.entries] == ["/customers/{id}"] * 3
    assert [(entry.status, entry.error, entry.attempt) for entry in (first, second, third)] == [
        (500, None, 1), (None, "connect", 2), (200, None, 3),
    ]  # fmt: skip
    assert answer.request_id == 3
    assert (first.side, first.method, first.purpose) == ("clopos", "GET", "read")
    assert "Aysel" not in repr(server.journal.entries)
    assert "41/01" not in repr(server.journal.entries)
    assert "Aysel" not in repr(GET) + repr(POST) + repr(answer)


async def test_a_read_survives_what_passes() -> None:
    server = Scripted(httpx.Response(503), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("gone"), OK)
    assert (await server.wire.send(GET, taken)).status == 200
    assert server.clock.slept == [0.5, 1.0, 2.0]


async def test_a_read_gives_up_and_says_so() -> None:
    server = Scripted(httpx.ReadTimeout("slow"))
    with pytest.raises(TransientError) as raised:
        await server.wire.send(GET, taken)
    assert raised.value.code == "read-failed"
    assert len(server.seen) == 4
    assert raised.value.next_step == "connector doctor --pair main"
    assert "GET /customers/{id}: timeout" in raised.value.engineer


@pytest.mark.parametrize(
    "step",
    [httpx.ReadTimeout("slow"), httpx.WriteTimeout("slow"), httpx.RemoteProtocolError("gone"), httpx.ReadError("gone"),
     httpx.Response(500), httpx.Response(502, text="<html>"), httpx.Response(504)],
    ids=repr,
)  # fmt: skip
async def test_a_write_that_may_have_happened_is_in_doubt(step: httpx.Response | Exception) -> None:
    server = Scripted(step, OK)
    with pytest.raises(InDoubt) as raised:
        await server.wire.send(POST, taken)
    assert len(server.seen) == 1
    assert raised.value.code == "in-doubt"


async def test_a_write_that_never_left_is_sent_again() -> None:
    server = Scripted(httpx.ConnectError("no"), httpx.ConnectTimeout("no"), OK)
    assert (await server.wire.send(POST, taken)).status == 200
    assert len(server.seen) == 3


async def test_a_write_that_could_not_leave_was_not_done() -> None:
    server = Scripted(httpx.ConnectError("no"))
    with pytest.raises(TransientError) as raised:
        await server.wire.send(POST, taken)
    assert raised.value.code == "unreachable"


def caused(failure: Exception, *below: BaseException) -> Exception:
    """A failure of the client as it comes out of it: over what the operating system said."""
    failure.__cause__ = below[0] if len(below) == 1 else BaseExceptionGroup("tries", below)
    return failure


NOT_REACHED = [
    (caused(httpx.ConnectError("no"), OSError(errno.ECONNREFUSED, "no")), "could not be reached", causes.REFUSED),
    (caused(httpx.ConnectError("no"), OSError(errno.EHOSTUNREACH, "no")), "could not be reached", causes.NO_WAY),
    (caused(httpx.ConnectError("no"), OSError("IPv6"), OSError(errno.ECONNREFUSED, "IPv4")), "could not be reached",
     causes.REFUSED),
    (caused(httpx.ConnectError("no"), socket.gaierror(socket.EAI_NONAME, "no")), "could not be reached",
     causes.UNKNOWN),
    (caused(httpx.ConnectError("no"), socket.gaierror(socket.EAI_AGAIN, "no")), "could not be reached",
     causes.NOT_LOOKED_UP),
    (httpx.ConnectTimeout("slow"), "could not be reached", causes.NOT_REACHED),
    (httpx.ConnectError("for a reason of its own"), "could not be reached", "no connection came about"),
    (httpx.ReadTimeout("slow"), "did not answer properly", causes.SLOW),
    (httpx.RemoteProtocolError("gone"), "did not answer properly", causes.BROKEN),
    (httpx.Response(503, text="<html>"), "did not answer properly", "it answered with the error 503"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "what", "cause"), NOT_REACHED, ids=[cause for _step, _what, cause in NOT_REACHED])
async def test_what_went_wrong_is_said_with_the_address_in_words(
    step: httpx.Response | Exception, what: str, cause: str
) -> None:
    server = Scripted(step)
    with pytest.raises(TransientError) as raised:
        await server.wire.send(GET, taken)
    address = httpx.URL(server.wire.base_url).netloc.decode()
    assert raised.value.manager == f"Clopos {what} at {address}: {cause}. The next run tries again."


async def test_a_refused_certificate_is_said_at_once() -> None:
    failure = httpx.ConnectError("tls")
    failure.__cause__ = ssl.SSLCertVerificationError("self-signed")
    server = Scripted(failure)
    with pytest.raises(TransientError) as raised:
        await server.wire.send(GET, taken)
    assert raised.value.code == "tls-failed"
    assert len(server.seen) == 1


async def test_certificates_are_verified_and_redirects_refused() -> None:
    server = Scripted(httpx.Response(302, headers={"location": "https://elsewhere.test/"}))
    assert server.wire.client.follow_redirects is False
    answer = await server.wire.send(GET, taken)
    assert answer.status == 302
    assert [request.url.host for request in server.seen] == ["pos.test"]


async def test_429_pauses_everybody_and_goes_on() -> None:
    """CL-21, CP-18: max(reset, Retry-After, 1 s)."""
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": "20", "Retry-After": "30"}
    server = Scripted(httpx.Response(429, headers=headers), OK)
    assert (await server.wire.send(POST, taken)).status == 200
    assert sum(server.clock.slept) == pytest.approx(30.0)


async def test_429_without_headers_backs_off() -> None:
    server = Scripted(httpx.Response(429, text="<html>slow down</html>"), httpx.Response(429), OK)
    await server.wire.send(GET, taken)
    assert sum(server.clock.slept) == pytest.approx(3.0)


async def test_a_pause_beyond_the_bound_is_raised() -> None:
    server = Scripted(httpx.Response(429, headers={"Retry-After": "3600"}), OK)
    with pytest.raises(TransientError) as raised:
        await server.wire.send(POST, taken)
    assert raised.value.code == "quota-used-up"
    assert server.clock.slept == []


async def test_one_new_token_and_one_repeat() -> None:
    """CL-14."""
    server = Scripted(httpx.Response(401), OK)
    await server.wire.send(POST, taken, signer=Token())
    assert [request.headers["x-token"] for request in server.seen] == ["t1", "t2"]
    refused = Scripted(httpx.Response(401))
    assert (await refused.wire.send(GET, taken, signer=Token())).status == 401
    assert len(refused.seen) == 2


async def test_a_hopeless_401_is_not_repeated() -> None:
    server = Scripted(httpx.Response(401))
    assert (await server.wire.send(GET, taken, signer=Token(final=True))).status == 401
    assert len(server.seen) == 1


def picky(answer: Answer) -> Answer:
    if answer.body != b"good":
        raise Unreadable("not good")
    return answer


async def test_an_unreadable_success_is_read_again() -> None:
    server = Scripted(httpx.Response(200, text="bad"), httpx.Response(200, text="good"))
    assert (await server.wire.send(GET, picky)).body == b"good"
    always = Scripted(httpx.Response(200, text="bad"))
    with pytest.raises(TransientError) as raised:
        await always.wire.send(GET, picky)
    assert "not good" in raised.value.engineer
    with pytest.raises(InDoubt):
        await always.wire.send(POST, picky)


async def test_a_byte_order_mark_before_the_json_is_passed_over() -> None:
    """Some back ends put one there; an answer that is whole but for it is no unreadable one (a write would be in
    doubt)."""
    server = Scripted(httpx.Response(200, content=b'\xef\xbb\xbf{"ok":true}'))
    assert (await server.wire.send(POST, taken)).body == b'{"ok":true}'


async def test_a_body_is_bounded() -> None:
    body = b"x" * 5000
    for response in (httpx.Response(200, content=body), httpx.Response(200, stream=Chunks([body[:2000]] * 3))):
        server = Scripted(response, largest_body=4999)
        with pytest.raises(TransientError) as raised:
            await server.wire.send(GET, taken)
        assert "too-large" in raised.value.engineer
        assert len(server.seen) == 1


@pytest.mark.parametrize("digits", [16, 5000])
async def test_an_announced_size_beyond_any_number_is_too_large(digits: int) -> None:
    """Python reads no integer of 5,000 digits; a size that nobody can count is one that nobody reads."""
    response = httpx.Response(200, headers={"content-length": "9" * digits}, stream=Chunks([b"{}"]))
    with pytest.raises(TransientError) as raised:
        await Scripted(response).wire.send(GET, taken)
    assert "too-large" in raised.value.engineer


async def test_a_decompression_bomb_is_stopped() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000, mtime=0)
    assert len(bomb) < 60_000
    headers = {"content-encoding": "gzip"}
    server = Scripted(httpx.Response(200, stream=Chunks([bomb]), headers=headers), largest_body=1_000_000)
    with pytest.raises(TransientError) as raised:
        await server.wire.send(GET, taken)
    assert "too-large" in raised.value.engineer


@pytest.mark.parametrize("size", [1, 7, 4096])
async def test_compressed_bodies_are_unpacked(size: int) -> None:
    text = b'{"id": 1, "name": "N\xc9\x99rmin"}' * 100
    packed = gzip.compress(text, mtime=0)
    chunks = [packed[at : at + size] for at in range(0, len(packed), size)]
    server = Scripted(httpx.Response(200, stream=Chunks(chunks), headers={"content-encoding": "gzip"}))
    assert (await server.wire.send(GET, taken)).body == text
    assert server.seen[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("br", b"x"),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b"cut short" * 100, mtime=0)[:-20]),
        ("deflate", zlib.compress(b"x")),
    ],
)
async def test_damaged_bodies_are_broken(encoding: str, content: bytes) -> None:
    broken = httpx.Response(200, stream=Chunks([content]), headers={"content-encoding": encoding})
    server = Scripted(broken, OK)
    assert (await server.wire.send(GET, taken)).status == 200
    assert server.journal.entries[0].error == "broken"


async def test_a_slow_page_is_handed_back() -> None:
    """CL-04."""
    call = Call("GET", "/customers", CallKind.READ, "scan", shrinkable=True)
    for step in (httpx.Response(504), httpx.ReadTimeout("slow")):
        server = Scripted(step)
        with pytest.raises(SlowPage):
            await server.wire.send(call, taken)
        assert len(server.seen) == 1


async def test_only_the_methods_of_a_client_leave_it() -> None:
    """CL-02, CP-24: PUT, PATCH and DELETE never leave Clopos' client, DELETE never Check&Place's."""
    server = Scripted(OK)
    for method in ("PUT", "PATCH", "DELETE"):
        with pytest.raises(UnsafePlan):
            await server.wire.send(Call(method, "/customers/{id}", CallKind.WRITE, "x"), taken)
    assert server.seen == []


async def test_a_dry_client_lets_out_reads_and_the_login_alone() -> None:
    server = Scripted(OK, read_only=True)
    login = Call("POST", "/auth", CallKind.LOGIN, "login", body={})
    await server.wire.send(GET, taken)
    await server.wire.send(login, taken)
    for call in (POST, Call("POST", "/customers", CallKind.READ, "x"), Call("POST", "/customers", CallKind.LOGIN, "x")):
        with pytest.raises(UnsafePlan):
            await server.wire.send(call, taken)
    assert [request.method for request in server.seen] == ["GET", "POST"]


async def test_a_cancelled_request_is_in_the_log() -> None:
    async def hang(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(30)
        return OK

    server = Scripted(OK)
    server.wire.client._transport = httpx.MockTransport(hang)
    task = asyncio.create_task(server.wire.send(POST, taken))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert server.journal.entries[0].error == "cancelled"


async def test_an_answer_that_drips_for_ever_is_a_timeout() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.005)
            yield b" "

    server = Scripted(httpx.Response(200, content=drip()), total=0.03)
    with pytest.raises(InDoubt):
        await server.wire.send(POST, taken)
    assert server.journal.entries[0].error == "timeout"


@pytest.mark.parametrize(
    "url", ["", "pos.test", "ftp://pos.test", "https://u:p@pos.test/", "https://pos.test/?a=1", "https://"]
)
def test_addresses_that_cannot_be_used(url: str) -> None:
    with pytest.raises(ConfigError) as raised:
        checked_base_url(PLACE, url)
    assert "pairs.main.clopos.base_url" in raised.value.engineer


@pytest.mark.parametrize("secret", ["", "se\ncret", " secret", "secret\r", "geheimniß", "\x00"])
def test_secrets_that_cannot_be_sent(secret: str) -> None:
    with pytest.raises(ConfigError) as raised:
        checked_secret(PLACE, "client_secret", secret)
    assert not secret.strip() or secret not in str(raised.value) + raised.value.engineer + raised.value.manager
