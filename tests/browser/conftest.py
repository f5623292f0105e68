"""A real Chromium, and reports made by the real program."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
# Nothing but the page's own requests may be seen by the tests.
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]


def missing(what):
    """Skips here, but never where a skip would be taken for a pass."""
    message = f"THE PAGE IS NOT TESTED: {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def program():
    path = Path(os.environ.get("VPCE_GUARD", ROOT / "target/debug/vpce-guard"))
    if not path.exists():
        missing(f"{path} does not exist: run `cargo build`, or set VPCE_GUARD")
    return path


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("Playwright is not installed: see tests/aws/requirements.txt")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        missing("no Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def report(program, tmp_path):
    """Writes the page of a saved account."""

    def write(account, *arguments):
        number = len(list(tmp_path.glob("report-*")))
        folder = account.save(tmp_path / f"account-{number}")
        page = tmp_path / f"report-{number}.html"
        command = [program, "check", "--snapshot", folder, "--format", "html", "--output", page, *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode in (0, 1, 3), done.stderr
        return page

    return write


class Watched:
    """A page with all that it asked for and complained about."""

    def __init__(self, page):
        self.page = page
        self.requests = []
        self.complaints = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def visit(browser):
    """Opens a file; in the end, nothing may have left it or gone wrong in it."""
    opened = []

    def open_page(path, **context):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context})
        context.set_default_timeout(5000)
        watched = Watched(context.new_page())
        opened.append((context, watched))
        watched.page.goto(path.as_uri())
        return watched.page

    yield open_page
    for context, watched in opened:
        context.close()
    for _, watched in opened:
        assert [url for url in watched.requests if not url.startswith(("file://", "data:"))] == []
        assert watched.complaints == []
