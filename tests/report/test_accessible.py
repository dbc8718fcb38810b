"""Every page passes axe-core's check in a real browser: light and dark, on a desk and a phone, scripts off and on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from connector.report import parts
from connector.report.files import write_report
from tests.report.chromium import chromium, findings, serious
from tests.report.sample import ENTRIES, HEADER, OBJECTION, run_outcome, sample


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder: Path = tmp_path_factory.mktemp("pages")
    header = replace(HEADER, kind="backfill", dry=False, state="partly", objections=(OBJECTION,), notes=("A note.",))
    reports = {
        "preview": sample(),
        "stopped": sample(header=replace(HEADER, objections=(OBJECTION,)), show_pii=True),
        "live": sample(header=header, show_pii=True, outcome=run_outcome, outcomes={"done": 3, "refused": 1}),
        "empty": sample([]),
        "cut": sample([replace(ENTRIES[12], clopos_id=str(n)) for n in range(30)], limit=10),
    }
    for name, report in reports.items():
        write_report(report, "html", folder / f"{name}.html")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "FIRST_ROWS", 10)
        patch.setattr(parts, "PAGE_ROWS", 10)
        many = [replace(ENTRIES[12], clopos_id=str(n)) for n in range(35)]
        write_report(sample(many, limit=None, show_pii=True), "html", folder / "parted.html")
    found = {name: (folder / f"{name}.html").as_uri() for name in (*reports, "parted")}
    return {**found, "further": next(folder.glob("parted.html.parts/*-002.html")).as_uri()}


@pytest.mark.parametrize(
    ("scheme", "width", "scripts"),
    [("light", 1280, True), ("dark", 390, True), ("dark", 1280, False), ("light", 390, False)],
)
def test_no_serious_finding(browser: Browser, pages: dict[str, str], scheme: str, width: int, scripts: bool) -> None:
    # What a visitor without scripts sees is what the page holds before its own script ran: axe needs one to look.
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]  # a Literal
    if not scripts:
        context.route("**/*", lambda route: route.fulfill(
            body=_without_script(route.request.url), content_type="text/html; charset=utf-8"))  # fmt: skip
    found = {}
    for name, address in pages.items():
        page = context.new_page()
        page.goto(address)
        assert page.locator("#tools").is_visible() is (scripts and name != "empty")
        page.locator("details").evaluate_all("nodes => nodes.forEach(node => { node.open = true; })")
        if problems := serious(page):
            found[name] = problems
    context.close()
    assert found == {}


def test_the_check_can_fail(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content('<html lang="en"><title>x</title><main><h1>x</h1><img src="x.png"><input></main></html>')
    assert {rule for _, rule, _ in serious(page)} == {"image-alt", "label"}
    assert len(findings(page)) >= 2


def _without_script(address: str) -> str:
    text = Path(address.removeprefix("file://")).read_text(encoding="utf-8")
    return text[: text.index("<script>")] + text[text.index("</script>") + len("</script>") :]
