"""Check&Place's credentials: fixed headers, issued by hand and never renewed (CP-36)."""

from __future__ import annotations

from collections.abc import Mapping

from connector.sides.http import Answer


class FixedSigner:
    """Puts the same headers on every call."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = dict(headers)

    async def headers(self) -> Mapping[str, str]:
        return self._headers

    def renewable(self) -> bool:
        return False

    def hopeless(self, answer: Answer) -> bool:
        return answer.status == 401

    def refuse(self, used: Mapping[str, str]) -> None:
        """Nothing can be renewed: a 401 stops the run."""
