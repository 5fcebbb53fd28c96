"""The site in a browser: from a folder with no network, in a frame, and where no script may run."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from edutools.course import lessons_folder
from edutools.texts import text
from tests.browser.access import COLOURS, LAYOUTS, grow_text, open_all, overlapping, small_controls

LESSONS = sorted(path.stem for path in lessons_folder().glob("[0-9][0-9]_*.ipynb"))
PAGES = ["index", *LESSONS, "glossary", "measurements", "datasheet", "search", "embedding", "progress"]
# One of each kind; what differs between lessons are their widgets, which have tests of their own.
KINDS = ["index", "05_evaluate", "glossary", "search", "embedding", "progress"]
OWN_SCHEMES = ("file:", "blob:", "data:")


class Quiet(SimpleHTTPRequestHandler):
    """A folder over http, with headers of the test's own and no log."""

    def __init__(self, *arguments, headers: dict[str, str], **others) -> None:
        self.own_headers = headers
        super().__init__(*arguments, **others)

    def end_headers(self) -> None:
        for name, value in self.own_headers.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path, **headers: str) -> Iterator[str]:
    """Address of `folder` on this machine, with further `headers` (their - written as _)."""
    own = {name.replace("_", "-"): value for name, value in headers.items()}
    handler = partial(Quiet, directory=str(folder), headers=own)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def opened(page: Page, site: Path) -> Iterator[Callable[..., Page]]:
    """Open a page of the site from its folder, with no network; nothing may go wrong in it."""
    wrongs: list[str] = []
    page.on("pageerror", lambda error: wrongs.append(str(error)))
    page.on("console", lambda said: wrongs.append(said.text) if said.type == "error" else None)
    page.on(
        "request",
        lambda asked: asked.url.startswith(OWN_SCHEMES) or wrongs.append(f"asked for {asked.url}"),
    )

    def open_page(name: str) -> Page:
        page.goto((site / f"{name}.html").as_uri())
        if name.rpartition("/")[2][:2].isdigit():
            page.wait_for_selector("html[data-ready]", state="attached", timeout=30_000)
        return page

    yield open_page
    assert wrongs == []


def assert_read_whole(page: Page) -> None:
    """Each widget of the lesson is its twin, with its numbers and a word on why they do not move."""
    page.emulate_media(media="print")  # which lays out what lies far below, too
    told = page.locator("[data-widget]").all_inner_texts()
    assert len(told) >= 3
    assert all(text("common.no_script") in words for words in told)
    assert all(len(words) > 2 * len(text("common.no_script")) for words in told)
    assert sum(len(re.findall(r"\b\d[\d.,%]*", words)) for words in told) > 100


def lay_out_all(page: Page) -> None:
    """Measure what lies far below, too, which a page lays out only once the reader comes near it."""
    page.add_style_tag(content=".site .site-lesson.site-lesson > * { content-visibility: visible; }")
    open_all(page)


def overflowing(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("name", LESSONS)
def test_every_widget_of_a_lesson_lives_with_no_network(opened, name):
    page = opened(name)
    places = page.locator("[data-widget]")
    assert places.count() >= 3
    assert (
        page.locator("[data-widget] > div > .edu-root, [data-widget] > .edu-root").count() >= places.count()
    )
    # What said why nothing moves has gone with the twin.
    expect(page.get_by_text(text("common.no_script"))).to_have_count(0)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_and_axe_finds_nothing_in_it(opened, page, axe_violations, name):
    page.set_viewport_size({"width": 360, "height": 780})
    page.emulate_media(color_scheme="dark")
    opened(name)
    lay_out_all(page)
    assert not overflowing(page)
    assert axe_violations(page, "html") == []
    # A long page takes axe seconds; what its colours are in light is the same in all lessons.
    if name not in LESSONS[1:]:
        page.emulate_media(color_scheme="light")
        assert axe_violations(page, "html") == []


@pytest.mark.parametrize("colours", [name for name in COLOURS if "forced" in name])
@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing_in_forced_colours_and_twice_the_text(opened, page, axe_violations, name, colours):
    page.emulate_media(**COLOURS[colours])
    opened(name)
    lay_out_all(page)
    grow_text(page)
    assert axe_violations(page, "html") == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", KINDS)
def test_nothing_is_cut_off_squeezed_or_covered(opened, page, name, layout):
    width, changes = LAYOUTS[layout]
    page.set_viewport_size({"width": width, "height": 800})
    opened(name)
    lay_out_all(page)
    for change in changes:
        change(page)
    page.wait_for_timeout(100)  # charts are drawn anew for the width
    body = page.locator("body")
    assert not overflowing(page)
    assert small_controls(body) + overlapping(body) == []


def test_a_link_to_a_part_far_below_comes_to_rest_there(opened, page):
    opened("05_evaluate")
    for anchor in ("sources", "learn", "recall", "money-and-time"):
        page.evaluate("anchor => { location.hash = anchor; }", anchor)
        page.wait_for_timeout(300)
        below_the_head = page.locator(f"#{anchor}").bounding_box()["y"] - 64
        left = page.evaluate("document.documentElement.scrollHeight - innerHeight - scrollY")
        assert abs(below_the_head) < 2 or (below_the_head > 0 and left < 2), anchor


def test_a_reader_finds_a_word_and_goes_to_where_it_stands(opened, page):
    opened("index")
    page.get_by_role("searchbox").fill("equalised odds")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("[data-test=found]")).to_have_text(text("site.none"))
    page.locator("[data-test=query]").fill("Equalized ODDS")
    results = page.locator("[data-test=results] li")
    expect(results.first.locator("a")).to_have_text("Glossary › Equalized odds")
    expect(results.nth(1).locator("mark").first).to_be_visible()
    results.first.locator("a").click()
    expect(page).to_have_url(re.compile(r"glossary\.html#equalized-odds$"))
    expect(page.locator("#equalized-odds")).to_be_in_viewport()


def test_the_search_takes_accents_and_signs_as_they_come(opened, page):
    opened("search")
    for query, found in (("dátasheet", True), ("datasheet (", True), (".*", False), ("zzzz", False)):
        page.locator("[data-test=query]").fill(query)
        assert (page.locator("[data-test=results] li").count() > 0) == found, query


def test_dark_is_kept_from_page_to_page_and_widgets_follow(opened, page):
    page.emulate_media(color_scheme="light")
    opened("00_start_here")
    paper = "getComputedStyle(document.querySelector('.edu-root')).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name=text("site.dark"), exact=True).click()
    dark = page.evaluate(paper)
    assert dark != light
    opened("01_collect")
    assert page.evaluate(paper) == dark
    page.get_by_role("button", name=text("site.light"), exact=True).click()
    opened("index")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_the_ways_on_lead_through_the_whole_course(opened, page):
    opened("index")
    page.locator(".site-lessons a").first.click()
    for name in LESSONS[1:]:
        page.locator("a[rel=next]").click()
        expect(page).to_have_url(re.compile(rf"/{name}\.html$"))
    assert page.locator("a[rel=next]").count() == 0
    page.locator("a[rel=prev]").click()
    expect(page).to_have_url(re.compile(rf"/{LESSONS[-2]}\.html$"))


def test_where_script_may_not_run_a_page_shows_the_numbers_and_why_they_do_not_move(browser: Browser, site):
    policy = "default-src 'none'; style-src 'self'; img-src 'self' data:"
    with served(site, Content_Security_Policy=policy) as address:
        page = browser.new_page()
        page.goto(f"{address}/05_evaluate.html")
        assert page.locator(".edu-root").count() == 0
        assert_read_whole(page)
        page.goto(f"{address}/search.html")
        expect(page.get_by_text(text("site.search_needs_script"))).to_be_visible()
        page.close()


def test_a_page_without_javascript_is_whole(browser: Browser, site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / "05_evaluate.html").as_uri())
    assert_read_whole(page)
    expect(page.locator(".site-theme")).to_be_hidden()
    context.close()


# As the page on embedding gives it, in a page of another origin that grants the frame nothing but script.
AROUND = """<!doctype html><title>Around</title>
<iframe sandbox="allow-scripts" src="{address}" title="framed" style="width: 700px; border: 0; height: 9px">
</iframe>
<script>{listener}</script>"""


@pytest.mark.parametrize("framed", ["embed/05_evaluate-1.html", "embed/00_start_here.html"])
def test_in_another_page_s_frame_a_page_lives_and_the_frame_takes_its_height(
    browser: Browser, site, tmp_path, framed
):
    page = browser.new_page()
    page.goto((site / "embedding.html").as_uri())
    listener = page.locator("pre", has_text="addEventListener").inner_text()
    with served(site) as inner, served(tmp_path) as outer:
        (tmp_path / "around.html").write_text(
            AROUND.format(address=f"{inner}/{framed}", listener=listener), encoding="utf-8"
        )
        page.goto(f"{outer}/around.html")
        frame = page.frame_locator("iframe")
        expect(frame.locator(".edu-root").first).to_be_visible()
        content = frame.locator("html").evaluate
        page.wait_for_function("document.querySelector('iframe').offsetHeight > 100")
        for _ in range(40):
            height = page.locator("iframe").evaluate("frame => frame.offsetHeight")
            if height == content("html => Math.ceil(html.getBoundingClientRect().height)"):
                break
            page.wait_for_timeout(100)
        assert content("html => html.scrollHeight <= html.clientHeight")
    page.close()


LAID_OUT = """() => [...document.querySelectorAll(".site-lesson > *")].map(
  node => getComputedStyle(node).contentVisibility)"""


def test_on_a_screen_what_lies_far_waits_and_on_paper_nothing_does(opened, page):
    opened("05_evaluate")
    assert set(page.evaluate(LAID_OUT)) == {"auto", "visible"}
    page.emulate_media(media="print")
    assert set(page.evaluate(LAID_OUT)) == {"visible"}


def test_printed_the_site_s_own_head_stays_away(opened, page):
    opened("00_start_here")
    page.emulate_media(media="print")
    for name in (".site-head", ".site-contents", ".site-ways"):
        expect(page.locator(name)).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
