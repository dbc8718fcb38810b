"""A real Chromium for the tests that look at pages: the system's own, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
SERIOUS = ("serious", "critical")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, for as long as the context lasts."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    assert path, "No Chromium: run tools/need_chromium.sh"
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


def findings(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe-core objects to on a page: (impact, rule, the elements), every impact."""
    found = Axe().run(page).response["violations"]
    return [(one["impact"], one["id"], [node["html"][:160] for node in one["nodes"]][:5]) for one in found]


def serious(page: Page) -> list[tuple[str, str, list[str]]]:
    """The findings that count: serious and critical ones."""
    return [one for one in findings(page) if one[0] in SERIOUS]
