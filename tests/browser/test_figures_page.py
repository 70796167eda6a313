"""The page of figures in a real browser: for every reader, on every screen, without a mouse, and on paper."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from chassis.clock import FixedClock
from chassis.service import Service
from chassis.testing import ServiceUnderTest
from integration.reports.office import Office
from reports.beside import Beside
from reports.service import SERVICE
from reports.web.site import Site

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NOW = datetime(2025, 11, 22, 9, 0, tzinfo=UTC)
SCREENS = {"desk": (1280, 900), "telephone": (360, 740)}
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


@pytest.fixture
def address(service_under_test: Callable[[Service], ServiceUnderTest]) -> Iterator[str]:
    """The page over a small region with something in every part of it."""
    from waitress import create_server

    svc = service_under_test(SERVICE)
    svc.at(NOW)
    office = Office(svc)
    office.rukwa()
    _fill(office)
    beside = Beside(svc.settings.database_dsn, size=3, name="page", clock=FixedClock(NOW))
    beside.open()
    server = create_server(Site(beside), host="127.0.0.1", port=0, threads=2)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    beside.close()


def _fill(office: Office) -> None:
    for nth, (ward, council) in enumerate([("Matai", "Kalambo"), ("Chala", "Nkasi"), ("Kate", "Nkasi")] * 9):
        place = {"council": office.areas[council], "ward": office.areas[ward]}
        pot = ("women", "youth", "pwd")[nth % 3]
        month = f"{2024 + nth // 12}-{nth % 12 + 1:02}" if nth < 22 else "2025-10"
        group, loan, case, complaint = (str(uuid4()) for _ in range(4))
        office.tell(
            "registry",
            "group_registered",
            group,
            group=group,
            kind=pot,
            **place,
            registered_on=f"{month}-01",
        )
        office.tell(
            "loans",
            "loan_disbursed",
            loan,
            loan=loan,
            **place,
            pot=pot,
            principal=9_000_000,
            on=f"{month}-09",
        )
        paid = {"amount": 750_000, "principal": 750_000}
        office.tell(
            "loans", "repayment_recorded", loan, loan=loan, **place, pot=pot, **paid, on=f"{month}-28"
        )
        one = {"area": office.areas[ward], "category": "poor"}
        office.tell("cases", "case_opened", case, case=case, **one, on="2025-08-02", sex="female")
        sort = {
            "kind": "kero",
            "category": "service",
            "channel": "phone",
            "country": "TZ",
            "area": one["area"],
        }
        office.tell(
            "cases", "complaint_received", complaint, complaint=complaint, **sort, received_on="2025-08-02"
        )
        office.tell(
            "cases",
            "complaint_answered",
            complaint,
            complaint=complaint,
            on="2025-08-09",
            in_time=nth % 4 > 0,
        )
    for nth in range(3):
        body, helper = str(uuid4()), str(uuid4())
        sort = {"kind": "network", "level": ("district", "national", "regional")[nth]}
        here = {"area": office.areas["Chala"]}
        office.tell(
            "registry",
            "organisation_registered",
            body,
            organisation=body,
            **sort,
            **here,
            registered_on="2025-09-01",
        )
        on = f"202{nth}-04-08"
        office.tell(
            "registry", "collaborator_appointed", helper, collaborator=helper, **here, effective_on=on
        )


@pytest.mark.parametrize("screen", SCREENS)
def test_every_page_is_accessible_and_fits_the_screen(browser: Any, address: str, screen: str) -> None:
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height}, bypass_csp=True)
    page = context.new_page()
    for asked in (
        "?lang=sw",
        "?lang=en&area=TZ-Nkasi",
        "?lang=id&area=TZ-Chala",
        "?lang=vi",
        "?area=nowhere",
    ):
        page.goto(f"{address}/{asked}")
        for details in page.query_selector_all("details"):
            details.evaluate("each => each.open = true")
        found = axe.Axe().run(page, options={"runOnly": STANDARD})
        assert found.violations_count == 0, (asked, found.generate_report())
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, asked
    context.close()


def test_the_browser_finds_nothing_to_refuse_and_asks_nobody_else(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/?lang=en")
    assert said == []
    assert all(url.startswith(address) for url in asked)
    context.close()


def test_area_and_quarter_are_chosen_without_a_mouse(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/?lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#figures"
    for _ in range(20):
        if page.evaluate("document.activeElement.name") == "area":
            break
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.type("Nkasi")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**area=TZ-Nkasi**")
    assert page.inner_text("h1") == "Nkasi"
    context.close()


def test_paper_shows_the_figures_and_not_the_form(browser: Any, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/?lang=en")
    page.emulate_media(media="print")
    assert not page.is_visible("form")
    assert not page.is_visible("nav")
    assert page.is_visible("h1")
    assert page.is_visible(".fresh")
    context.close()
