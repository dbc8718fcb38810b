"""Reading an answer's body with a hard bound, compressed or not: a page that is too large is stopped, not stored."""

from __future__ import annotations

import zlib
from codecs import BOM_UTF8

import httpx


class TooLarge(Exception):
    """The body, or what it unpacks to, is larger than the bound."""


class Unreadable(Exception):
    """A 2xx whose body cannot be used: cut, no JSON, or of an encoding that was not asked for. `text` for engineers."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


ACCEPT_ENCODING = "gzip"


async def read_bounded(response: httpx.Response, most: int) -> bytes:
    """The unpacked body, at most `most` bytes. Unpacks itself, so that a small answer cannot fill the memory.

    Raises TooLarge, Unreadable (damaged compression), and httpx errors of the transport."""
    announced = response.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and (len(announced) > 15 or int(announced) > most):
        raise TooLarge
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("gzip", "x-gzip", "identity", ""):
        raise Unreadable(f"content-encoding {encoding[:20]!r} was not asked for")
    unpack = None if encoding in ("identity", "") else zlib.decompressobj(wbits=31)
    parts: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        part = chunk
        if unpack is not None:
            try:
                part = unpack.decompress(chunk, most - size + 1)
            except zlib.error as error:
                raise Unreadable("damaged compression") from error
            if unpack.unused_data:  # what stands there would be lost without a word
                raise Unreadable("bytes behind the compressed body")
        size += len(part)
        if size > most or (unpack is not None and unpack.unconsumed_tail):
            raise TooLarge
        parts.append(part)
    if unpack is not None and not unpack.eof and size:
        raise Unreadable("compression cut short")
    # RFC 8259, 8.1, lets a parser ignore the mark that some back ends put before their JSON; ours does not know it.
    return b"".join(parts).removeprefix(BOM_UTF8)
