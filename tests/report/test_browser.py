"""The page in a real browser: without scripts, with them, narrow, dark, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from connector.report import parts
from connector.report.files import write_report
from tests.report.chromium import chromium
from tests.report.sample import ENTRIES, HEADER, OBJECTION, run_outcome, sample

ROWS = "tr[data-part]:visible"
CONTRAST = """() => {
  const channel = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const parse = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const behind = node => {
    for (; node; node = node.parentElement) {
      const c = parse(getComputedStyle(node).backgroundColor);
      if (c.length === 3 || c[3] > 0) { return c; }
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !node.checkVisibility()) { continue; }
    const style = getComputedStyle(node);
    const a = light(parse(style.color)), b = light(behind(node));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) { weak.push([node.className, walker.currentNode.textContent.trim(), ratio.toFixed(2)]); }
  }
  return weak;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    evil = replace(ENTRIES[1], who="<script>window.hacked=1</script>", facts={"other_name": "<img src=x>"})
    header = replace(HEADER, kind="backfill", dry=False, state="partly", objections=(OBJECTION,))
    report = sample([*ENTRIES, evil], header, show_pii=True, outcome=run_outcome, outcomes={"done": 3, "refused": 1})
    write_report(report, "html", path)
    return path.as_uri()


def opened(browser: Browser, file: str, width: int = 1280, **options: object) -> tuple[Page, list[str]]:
    page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()  # type: ignore[arg-type]  # options of the test
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: said.append(request.url) if request.url != file else None)
    page.goto(file)
    return page, said


def test_quiet_and_alone(browser: Browser, file: str) -> None:
    page, said = opened(browser, file)
    assert said == []
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0


def test_without_scripts_everything_can_be_read(browser: Browser, file: str) -> None:
    page, _ = opened(browser, file, java_script_enabled=False)
    assert not page.locator("#tools").is_visible()
    page.locator("summary").first.click()
    text = page.locator("main").inner_text()
    for said in ("Which one is right?", "Elchin Guliyev", "+994551112234", "The codes for gender are not set."):
        assert said in text


def test_the_filters(browser: Browser, file: str) -> None:
    page, _ = opened(browser, file)
    whole = page.locator("tr[data-part]").count()
    page.locator("#find").fill("quliyev elcin")
    expect(page.locator(ROWS)).to_have_count(1)
    assert page.locator("#shown").inner_text() == f"1 of {whole} entries shown"
    assert page.locator("section.part:visible").count() == 1
    page.locator("#find").fill("")
    page.locator("#part").select_option("update.checkandplace")
    expect(page.locator(ROWS)).to_have_count(2)
    page.locator("#detail").select_option("E-mail")
    expect(page.locator(ROWS)).to_have_count(1)
    page.locator("#part").select_option("skip")
    page.locator("#detail").select_option("")
    expect(page.locator(ROWS)).to_have_count(2)  # the folded list opens by itself
    page.locator("#part").select_option("")
    assert page.locator("#shown").inner_text() == f"{whole} of {whole} entries shown"


@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_nothing_sticks_out(browser: Browser, file: str, width: int) -> None:
    page, _ = opened(browser, file, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sticking = page.evaluate(
        "() => [...document.querySelectorAll('main *')].filter(n => n.getBoundingClientRect().right > innerWidth + 1"
        " && n.checkVisibility()).map(n => n.className)"
    )
    assert sticking == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast(browser: Browser, file: str, scheme: str) -> None:
    page, _ = opened(browser, file, color_scheme=scheme)
    page.locator("details").evaluate_all("nodes => nodes.forEach(node => { node.open = true; })")
    assert page.evaluate(CONTRAST) == []


def test_on_paper(browser: Browser, file: str, tmp_path: Path) -> None:
    page, _ = opened(browser, file)
    page.emulate_media(media="print")
    assert not page.locator("#tools").is_visible()
    page.pdf(path=str(tmp_path / "report.pdf"), format="A4")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert page.locator("details").evaluate_all("nodes => nodes.every(node => node.open)")


@pytest.fixture(scope="module")
def parted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of 90 corrections and a few other things, in pages of 20."""
    path = tmp_path_factory.mktemp("parted") / "all of it.html"
    many = [replace(ENTRIES[12], clopos_id=str(1000 + n), who=f"Guest {n:04d}") for n in range(90)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "FIRST_ROWS", 20)
        patch.setattr(parts, "PAGE_ROWS", 20)
        write_report(sample([*many, *ENTRIES[:9]], show_pii=True, limit=None), "html", path)
    return path.as_uri()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_further_pages_can_be_walked(browser: Browser, parted: str, scripts: bool) -> None:
    page, _ = opened(browser, parted, java_script_enabled=scripts)
    seen = page.locator("tr[data-part='update.checkandplace']").count()
    page.locator("nav.further a").first.click()
    while True:
        assert page.locator("h1").inner_text() == "Corrected in Check&Place"
        assert page.locator("#tools").is_visible() is scripts
        seen += page.locator(ROWS).count()
        following = page.locator("a[rel=next]").first
        if not following.count():
            break
        following.click()
    assert seen == 90
    page.locator("nav.turn a").first.click()
    assert page.url == f"{parted}#update.checkandplace"


def test_a_further_page_is_searched_by_itself(browser: Browser, parted: str) -> None:
    page, _ = opened(browser, parted)
    page.locator("nav.further a").last.click()
    page.locator("#find").fill("guest 0089")
    expect(page.locator(ROWS)).to_have_count(1)
    assert "entries of this page shown" in page.locator("#shown").inner_text()
