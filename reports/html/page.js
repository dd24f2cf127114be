// Drawing, sorting and filtering on the page. Data reaches the document only as text and through Vega's scales.
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const dark_query = window.matchMedia("(prefers-color-scheme: dark)");

  // Paper is light.
  const theme = () => (dark_query.matches && !window.matchMedia("print").matches ? "dark" : "light");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();

  function look() {
    const colors = ["ink", "muted", "line", "accent", "surface"].map((name) => [name, color(name)]);
    return { theme: theme(), font: getComputedStyle(document.body).fontFamily, ...Object.fromEntries(colors) };
  }

  const views = new Map();
  async function draw(figure) {
    const name = figure.dataset.spec;
    const box = figure.querySelector(".chart");
    const now = look();
    await luqsim_charts.fitted(page, name, now, box.clientWidth, async (spec) => {
      if (views.has(name)) views.get(name).finalize();
      views.set(name, await vegaEmbed(box, spec, {
        mode: "vega-lite", renderer: "svg", actions: false, config: luqsim_charts.config(now),
        tooltip: { theme: now.theme },
      }));
      return box.querySelector("svg").getBoundingClientRect().width;
    });
  }

  const figures = [...document.querySelectorAll("figure[data-spec]")];
  async function draw_all() {
    document.querySelectorAll(".swatch").forEach((swatch) => {
      swatch.style.background = luqsim_charts.design_color(theme(), Number(swatch.dataset.design));
    });
    for (const figure of figures) await draw(figure);
    document.body.dataset.drawn = theme();
  }

  async function save(figure) {
    const svg = await views.get(figure.dataset.spec).view.toSVG();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    link.download = "luqsim-" + figure.dataset.spec + ".svg";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  figures.forEach((figure) => figure.querySelector(".save").addEventListener("click", () => save(figure)));

  function sort_by(table, header) {
    const direction = header.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
    table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", direction);
    const column = header.cellIndex;
    const is_number = header.classList.contains("number");
    const key = (row) => {
      const cell = row.cells[column];
      const text = cell.dataset.value === undefined ? cell.textContent : cell.dataset.value;
      return is_number ? Number(text) : text;
    };
    const sign = direction === "ascending" ? 1 : -1;
    const compare = (a, b) => (is_number ? a - b : a.localeCompare(b, undefined, { numeric: true }));
    const rows = [...table.tBodies[0].rows].map((row) => [key(row), row]);
    rows.sort((a, b) => sign * compare(a[0], b[0]));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  }
  document.querySelectorAll("table.sortable").forEach((table) =>
    table.querySelectorAll("thead th button").forEach((button) =>
      button.addEventListener("click", () => sort_by(table, button.closest("th")))));

  const filters = document.getElementById("filters");
  function filter() {
    const words = filters.elements.words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = ["design", "pass"].filter((name) => filters.elements[name] && filters.elements[name].value);
    const rows = [...document.querySelector("#records tbody").rows];
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !(words.every((word) => text.includes(word)) &&
        chosen.every((name) => row.dataset[name] === filters.elements[name].value));
      shown += row.hidden ? 0 : 1;
    }
    filters.elements.count.value = shown + " of " + rows.length + " rows";
  }
  if (filters) {
    filters.addEventListener("input", filter);
    filters.addEventListener("submit", (event) => event.preventDefault());
    filter();
  }

  dark_query.addEventListener("change", draw_all);
  let timer = 0, width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth === width) return;
    width = window.innerWidth;
    clearTimeout(timer);
    timer = setTimeout(draw_all, 150);
  });
  draw_all();
})();
