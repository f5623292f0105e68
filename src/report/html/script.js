// The table of subnets, the copy buttons, and links into what is closed.
// Text from the report becomes text nodes only, never markup.
"use strict";
(() => {
  const STEP = 200;
  const MOST_IN_PRINT = 5000;
  const WORST_FIRST = ["violation", "unverifiable", "exempt", "compliant"];
  const VERDICTS = { violation: "Violation", unverifiable: "Not judged", exempt: "Exempt", compliant: "On the endpoint" };
  const SERVICES = { s3: "S3", dynamodb: "DynamoDB", s3express: "S3 Express One Zone" };
  const SIGNS = { endpoint: "✓", around: "!", dropped: "✕", unknown: "?" };

  document.documentElement.classList.add("script");
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const numbers = new Intl.NumberFormat("en");

  const rows = data.rows.map(([wayAt, subnet, name, cidr, verdict, problems], order) => {
    const way = data.ways[wayAt];
    const place = data.places[way.place];
    return { order, way, place, subnet, name, cidr, verdict, problems };
  });

  /** An element with a class and children; strings become text. */
  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  /** A link to an element of this page. */
  function link(id, text) {
    const made = element("a", "", text);
    made.href = "#" + id;
    return made;
  }

  function cell(label, ...children) {
    const made = element("td", "", ...children);
    made.dataset.label = label;
    made.setAttribute("role", "cell");
    return made;
  }

  function named(name, id) {
    return name ? [element("bdi", "", name), " ", element("code", "", id)] : [element("code", "", id)];
  }

  function wayOut(to) {
    const words = [SIGNS[to.kind], to.share, to.title].filter(Boolean).join(" ");
    return element("span", "to " + to.kind, `${words} `, to.target && element("code", "", to.target));
  }

  function addresses(to) {
    if (to.cidrs.length === 0) return null;
    const heading = `${numbers.format(to.cidrs.length)} block${to.cidrs.length === 1 ? "" : "s"}: ${to.target ?? to.title}`;
    return element("details", "", element("summary", "", heading), to.cidrs.join(", "));
  }

  function why({ way, problems }) {
    const made = cell("Why", way.reason, ...way.to.map(addresses));
    made.classList.add("why");
    for (const at of problems) {
      const { anchor, severity, title } = data.problems[at];
      made.append(link(anchor, `${severity}: ${title}`));
    }
    return made;
  }

  function tableRow(row) {
    const { way, place, verdict } = row;
    const head = element("th", "", ...named(row.name, row.subnet), row.cidr && element("code", "", row.cidr));
    head.scope = "row";
    head.setAttribute("role", "rowheader");
    const made = element(
      "tr",
      "",
      cell("Verdict", element("span", "badge " + verdict, VERDICTS[verdict] ?? verdict)),
      head,
      cell("Service", SERVICES[way.service] ?? way.service),
      cell("VPC", ...named(place.name, place.vpc), element("span", "small", [place.region, place.account].filter(Boolean).join(" · "))),
      cell("Route table", element("code", "", way.table ?? "not known"), way.association === "main" ? "main" : null),
      cell("Way", ...way.to.map(wayOut)),
      why(row),
    );
    made.setAttribute("role", "row");
    made.dataset.subnet = row.subnet;
    made.dataset.service = way.service;
    return made;
  }

  /** What the search looks through, made when it is first needed. */
  function haystack(row) {
    row.text ??= [
      row.subnet, row.name, row.cidr, VERDICTS[row.verdict], row.verdict,
      row.way.service, row.way.table, row.way.path, row.way.reason,
      row.place.account, row.place.region, row.place.vpc, row.place.name,
      ...row.way.to.flatMap((to) => [to.title, to.target]),
    ].filter(Boolean).join("\n").toLowerCase();
    return row.text;
  }

  const SORT_KEYS = {
    verdict: (row) => String(WORST_FIRST.indexOf(row.verdict)),
    subnet: (row) => row.name ?? row.subnet,
    service: (row) => row.way.service,
    vpc: (row) => `${row.place.region} ${row.place.name ?? row.place.vpc}`,
    table: (row) => row.way.table ?? "",
    path: (row) => row.way.to.map((to) => to.kind + to.title).join(),
  };

  function table() {
    const body = byId("rows");
    if (!body) return;
    const form = document.querySelector("form.filters");
    const more = byId("more");
    const collator = new Intl.Collator("en", { numeric: true });
    let sorted = rows;
    let matching = rows;
    let shown = 0;

    // On a phone the rows are drawn as cards, and such cells lose their roles.
    body.closest("table").setAttribute("role", "table");
    for (const group of body.closest("table").querySelectorAll("thead, tbody")) group.setAttribute("role", "rowgroup");
    for (const line of body.closest("table").querySelectorAll("thead tr")) line.setAttribute("role", "row");
    for (const head of body.closest("table").querySelectorAll("thead th")) head.setAttribute("role", "columnheader");

    function show(upTo) {
      const end = Math.min(upTo, matching.length);
      const added = document.createDocumentFragment();
      for (const row of matching.slice(shown, end)) added.append(tableRow(row));
      body.append(added);
      shown = end;
      const left = matching.length - shown;
      more.hidden = left === 0;
      more.textContent = `Show ${numbers.format(Math.min(STEP, left))} more`;
      const all = `${numbers.format(rows.length)} row${rows.length === 1 ? "" : "s"}`;
      byId("count").textContent =
        matching.length === rows.length
          ? `${numbers.format(shown)} of ${all} shown`
          : `${numbers.format(shown)} of ${numbers.format(matching.length)} matching shown, ${all} in all`;
    }

    function filter() {
      const wanted = Object.fromEntries(new FormData(form));
      const words = wanted.search.toLowerCase().split(/\s+/).filter(Boolean);
      const is = (name, value) => wanted[name] === "" || wanted[name] === value;
      matching = sorted.filter(
        (row) =>
          is("verdict", row.verdict) && is("path", row.way.path) && is("service", row.way.service) &&
          is("region", row.place.region) && is("vpc", row.place.vpc) &&
          words.every((word) => haystack(row).includes(word)),
      );
      body.replaceChildren();
      shown = 0;
      show(STEP);
    }

    function sort(button) {
      const head = button.closest("th");
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of head.parentElement.querySelectorAll("[aria-sort]")) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = SORT_KEYS[button.dataset.sort];
      const keys = new Map(rows.map((row) => [row, key(row)]));
      const sign = down ? -1 : 1;
      sorted = [...rows].sort((a, b) => sign * collator.compare(keys.get(a), keys.get(b)) || a.order - b.order);
      filter();
    }

    form.addEventListener("input", filter);
    form.addEventListener("submit", (event) => event.preventDefault());
    // The fields are empty only after the event.
    form.addEventListener("reset", () => setTimeout(filter));
    more.addEventListener("click", () => show(shown + STEP));
    for (const button of document.querySelectorAll("[data-sort]")) button.addEventListener("click", () => sort(button));
    addEventListener("beforeprint", () => show(MOST_IN_PRINT));
    filter();
  }

  /** Opens what a link of this page leads to. */
  function openTarget() {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) {
      target.open = true;
      target.scrollIntoView();
      target.querySelector("summary").focus({ preventScroll: true });
    }
  }

  /** Copies without the clipboard API, which browsers may withhold from files. */
  function copyOld(text) {
    const field = element("textarea", "hidden", text);
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("code");
    let copied = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      copied = copyOld(code.textContent);
    }
    if (!copied) getSelection().selectAllChildren(code);
    button.focus();
    button.textContent = copied ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
  });
  addEventListener("hashchange", openTarget);

  // What is closed would be missing on paper.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
  });

  table();
  openTarget();
})();
