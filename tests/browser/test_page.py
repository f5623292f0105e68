"""The page of `--format html` in a browser, as people use it."""

import pytest
from playwright.sync_api import expect

import accounts
from accounts import ENDPOINT, INTERNET, NAT, TRANSIT, VPC

ALL = "#rows tr"


def shown(page):
    return page.locator(ALL).count()


def names(page):
    return page.locator(f"{ALL} th bdi").all_inner_texts()


def count(page):
    return page.locator("#count").inner_text()


def lines(page, service="s3"):
    """The lines of the worst VPC's map, as (from, to, kind)."""
    paths = page.locator(f"figure.map[data-vpc='{VPC}'][data-service='{service}'] path.line")
    return set(map(tuple, paths.evaluate_all("all => all.map(l => [l.dataset.from, l.dataset.to, l.dataset.kind])")))


@pytest.fixture
def ways(report, visit):
    return visit(report(accounts.every_way()))


def test_a_filter_leaves_the_rows_that_match_and_says_how_many(ways):
    assert shown(ways) == 17
    assert count(ways) == "17 of 17 rows shown"
    ways.get_by_role("combobox", name="Verdict", exact=True).select_option("violation")
    assert shown(ways) == 7
    assert count(ways) == "7 of 7 matching shown, 17 rows in all"
    ways.get_by_role("combobox", name="Way", exact=True).select_option("partial")
    assert names(ways) == ["partial-a", "partial-b"]
    ways.get_by_role("button", name="Clear").click()
    ways.wait_for_function("document.querySelectorAll('#rows tr').length === 17")
    ways.get_by_role("combobox", name="VPC", exact=True).select_option(accounts.STAGING)
    assert names(ways) == ["staging-a"]


def test_services_and_regions_can_be_filtered(report, visit):
    page = visit(report(accounts.every_way(), "--service", "s3", "--service", "dynamodb"))
    assert shown(page) == 34
    page.get_by_role("combobox", name="Service", exact=True).select_option("dynamodb")
    assert shown(page) == 17
    page.get_by_role("combobox", name="Region", exact=True).select_option("eu-west-1")
    assert shown(page) == 17


def test_search_looks_for_every_word_in_names_ids_and_targets(ways):
    search = ways.get_by_role("searchbox", name="Search")
    search.fill("LEAKING nat-0a11")
    assert names(ways) == ["leaking-a", "leaking-b"]
    search.fill("10.0.9.0")
    assert names(ways) == ["leaking-b"]
    search.fill("nothing has this name")
    assert shown(ways) == 0
    assert count(ways) == "0 of 0 matching shown, 17 rows in all"


def test_a_column_sorts_both_ways_and_says_so(ways):
    head = ways.get_by_role("columnheader", name="Subnet")
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    up = names(ways)
    assert up == sorted(up) and up[0] == "blackhole-a"
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert names(ways) == up[::-1]
    other = ways.get_by_role("columnheader", name="Verdict")
    other.get_by_role("button").click()
    assert (head.get_attribute("aria-sort"), other.get_attribute("aria-sort")) == ("none", "ascending")
    assert ways.locator(f"{ALL} .badge").first.inner_text() == "Violation"


def test_the_map_leads_green_to_the_endpoint_and_red_around_it(ways):
    found = lines(ways)
    for line in [
        ("rtb-private", ENDPOINT, "endpoint"),
        ("rtb-leaking", NAT, "around"),
        ("rtb-public", INTERNET, "around"),
        ("rtb-partial", ENDPOINT, "endpoint"),
        ("rtb-partial", INTERNET, "around"),
        ("rtb-partial", TRANSIT, "around"),
        ("rtb-blackhole", ENDPOINT, "dropped"),
        ("rtb-isolated", "No route", "dropped"),
        ("rtb-undecided", "Not known", "unknown"),
        ("rtb-lab", NAT, "around"),
    ]:
        assert line in found
    assert [line for line in found if line[0] == "rtb-leaking"] == [("rtb-leaking", NAT, "around")]

    def colour(line):
        path = ways.locator(f"path[data-from='{line[0]}'][data-to='{line[1]}'][data-kind='{line[2]}']").first
        red, green, blue = path.evaluate("p => getComputedStyle(p).stroke.match(/\\d+/g).map(Number)")
        return "red" if red > 1.5 * green else "green" if green > 1.5 * red else "other"

    assert colour(("rtb-private", ENDPOINT, "endpoint")) == "green"
    assert colour(("rtb-leaking", NAT, "around")) == "red"
    assert colour(("rtb-public", INTERNET, "around")) == "red"
    share = ways.locator("path[data-from='rtb-partial'][data-kind='endpoint']").get_attribute("data-share")
    assert 0.5 < float(share) < 0.54
    assert ways.locator("svg g.label", has_text="✓ 51.8 %").is_visible()


def test_clean_vpcs_are_closed_and_the_worst_comes_first(ways):
    assert ways.locator("details.vpc").evaluate_all("all => all.map(d => d.open)") == [True, False]
    assert ways.locator("details.vpc").first.get_attribute("data-vpc") == VPC


def test_markup_in_a_name_is_text_and_does_not_run(report, visit):
    account = accounts.every_way()
    evil = ["<script>window.ran = 1</script>", "</script><img src=x onerror='window.ran = 2'>", "\u202etoor\u0007"]
    for number, name in enumerate(evil):
        account.subnet(accounts.STAGING, f"subnet-evil{number}", name)
    account.vpc("vpc-evil", evil[1])
    account.subnet("vpc-evil", "subnet-evil", evil[0])
    page = visit(report(account))
    shown_names = names(page)
    assert evil[0] in shown_names and evil[1] in shown_names
    assert "[U+202E]toor[U+0007]" in shown_names
    assert page.evaluate("window.ran") is None
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2


@pytest.mark.parametrize("clipboard", ["granted", "refused", "missing"])
def test_the_copy_button_copies_exactly_the_command(report, visit, clipboard):
    page = visit(report(accounts.every_way()))
    # Whatever the button uses in the end, a paste must give the command.
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    if clipboard == "refused":
        page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    if clipboard == "missing":
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    command = page.locator(".command").first
    command.get_by_role("button", name="Copy").click()
    # The browser writes its clipboard when it gets to it.
    expect(command.get_by_role("button")).to_have_text("Copied")
    search = page.get_by_role("searchbox", name="Search")
    search.focus()
    page.keyboard.press("Control+V")
    assert search.input_value() == command.locator("code").inner_text()
    assert search.input_value().startswith("aws ec2 ")


def test_the_keyboard_reaches_every_control(ways):
    """Tab alone visits all that can be used, and shows where it is."""
    usable = "a[href], button, input, select, summary, [tabindex='0']"
    wanted = ways.evaluate(
        "s => [...document.querySelectorAll(s)].filter(e => e.checkVisibility({ contentVisibilityAuto: true })).length", usable
    )
    reached, without_outline = set(), []
    for _ in range(wanted + 5):
        ways.keyboard.press("Tab")
        at, outline, tag = ways.evaluate(
            "s => { const e = document.activeElement; return [[...document.querySelectorAll(s)].indexOf(e),"
            " getComputedStyle(e).outlineStyle, e.outerHTML.slice(0, 80)]; }", usable
        )
        if at >= 0 and outline == "none":
            without_outline.append(tag)
        reached.add(at)
    assert len(reached - {-1}) == wanted
    assert without_outline == []


def test_sorting_filtering_and_opening_work_by_keyboard(ways):
    ways.get_by_role("columnheader", name="Subnet").get_by_role("button").focus()
    ways.keyboard.press("Enter")
    assert names(ways)[0] == "blackhole-a"
    ways.get_by_role("searchbox").focus()
    ways.keyboard.type("staging")
    assert names(ways) == ["staging-a"]
    ways.locator("details.vpc").nth(1).locator("summary").first.focus()
    ways.keyboard.press("Enter")
    assert ways.locator("details.vpc").nth(1).get_attribute("open") is not None


def test_the_skip_link_is_the_first_stop(ways):
    ways.keyboard.press("Tab")
    assert ways.evaluate("document.activeElement.className") == "skip"
    assert ways.locator(".skip").bounding_box()["x"] >= 0


def test_a_link_opens_the_finding_and_the_rule_that_it_leads_to(ways):
    ways.get_by_role("searchbox").fill("undecided")
    ways.locator(f"{ALL} a").first.click()
    finding = ways.locator("details.problem:target")
    assert finding.get_attribute("open") is not None
    finding.locator("a[href^='#rule-']").click()
    assert ways.locator("details.rule:target").get_attribute("open") is not None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(report, visit, scheme, width):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(
        report(accounts.every_way(), "--service", "s3", "--service", "dynamodb"),
        color_scheme=scheme,
        viewport={"width": width, "height": 844},
    )
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    result = Axe().run(page).response
    bad = [
        f"{found['id']}: {found['help']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for found in result["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"][:3]
    ]
    assert bad == []
    assert len(result["passes"]) > 20


@pytest.mark.parametrize("make", [accounts.every_way, accounts.clean])
def test_a_phone_never_scrolls_sideways(report, visit, make):
    page = visit(report(make()), viewport={"width": 390, "height": 844})
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_script_every_violation_can_be_read(report, visit):
    page = visit(report(accounts.every_way()), java_script_enabled=False)
    assert page.get_by_text("The table of subnets needs script").is_visible()
    assert not page.get_by_role("button", name="Copy").first.is_visible()
    problems = page.locator("#problems").inner_text()
    for name in ["leaking-a", "partial-b", "public-a", "blackhole-a", "isolated-a"]:
        assert name in problems
    assert page.locator("figure.map svg").first.is_visible()


def test_paper_shows_what_is_closed_and_no_controls(ways):
    ways.emulate_media(media="print")
    ways.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert ways.locator("details:not([open])").count() == 0
    assert not ways.locator("form.filters").is_visible()
    assert ways.locator("#rule-endpoint-idle .prose").is_visible()
    ways.evaluate("dispatchEvent(new Event('afterprint'))")
    assert ways.locator("details.vpc:not([open])").count() == 1


def test_a_clean_account_is_green_and_an_incomplete_one_is_not(report, visit):
    page = visit(report(accounts.clean(), "--no-metrics"))
    assert page.locator("h1").inner_text() == "All 3 subnets take the gateway endpoint to S3."
    assert page.locator("header.answer").get_attribute("data-status") == "compliant"
    assert page.locator("path.line:not(.endpoint)[data-from]").count() == 0
    account = accounts.clean()
    account.answers["RouteTables"][0]["Routes"][0]["State"] = "filtered"
    page = visit(report(account, "--no-metrics"))
    assert page.locator("h1").inner_text() == "Not proved: 3 subnets could not be judged."
    assert page.locator("path.line.endpoint[data-from]").count() == 0
    assert page.get_by_text("available, use not known").is_visible()


def opened_within(page):
    """Seconds until the page was loaded, its table filled and something painted, by the browser's own clock."""
    page.locator(ALL).nth(199).wait_for()
    page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
    times = page.evaluate(
        "[performance.getEntriesByType('navigation')[0].loadEventEnd,"
        " performance.getEntriesByName('first-contentful-paint')[0].startTime]"
    )
    return max(times) / 1000


def test_two_thousand_subnets_open_within_two_seconds(report, visit):
    path = report(accounts.large(2000))
    # The machine may be busy with something else: one good try shows that it can be done.
    took = min(opened_within(visit(path)) for _ in range(3))
    print(f"2,000 subnets: {path.stat().st_size:,} bytes, opened in {took:.2f} s")
    assert took < 2
    page = visit(path)
    assert count(page) == "200 of 2,000 rows shown"
    page.get_by_role("button", name="Show 200 more").click()
    assert shown(page) == 400
    page.get_by_role("searchbox").fill("app-1999")
    assert names(page) == ["app-1999"]
