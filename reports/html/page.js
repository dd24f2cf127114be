// Charts, sorting and filtering of the page. Data reaches the document only as text and through Vega's scales.
"use strict";
(() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const dark_query = window.matchMedia("(prefers-color-scheme: dark)");

  // Told apart with every common colour blindness (after Okabe and Ito, and Tol), and never the only difference: designs
  // also have numbers, passes and operands shapes.
  const design_colors = {
    light: ["#0072b2", "#d55e00", "#007f5f", "#b5478b", "#8a6d00", "#4b4fb8", "#5b6168", "#3a9bdc"],
    dark: ["#56b4e9", "#ff9248", "#2fc59a", "#eb9bcb", "#e6cf4a", "#a3a6ff", "#b9c0c8", "#c9e6fb"],
  };
  const activity_colors = {
    busy: "#0072b2", statistics: "#aa4499", quantizer: "#ddcc77", dram_read: "#d55e00", dram_write: "#e69f00",
    buffer_full: "#cc79a7", bank_conflict: "#882255", fill: "#88ccee", drain: "#009e73", none: "#a9b0b8",
  };

  // Paper is light.
  const theme = () => (dark_query.matches && !window.matchMedia("print").matches ? "dark" : "light");
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const repeated = (colors, count) => Array.from({ length: Math.max(count, 2) }, (_, i) => colors[i % colors.length]);

  function names() {
    return {
      "@designs": page.designs,
      "@passes": page.passes,
      "@activities": page.activities,
      "@design_colors": repeated(design_colors[theme()], page.designs.length),
      "@activity_colors": page.activities.map((activity) => activity_colors[activity] || "#777777"),
      "@ink": color("ink"),
      "@muted": color("muted"),
      "@accent": color("accent"),
      "@surface": color("surface"),
    };
  }

  // A copy of the chart with its @names replaced.
  function resolved(value, known) {
    if (typeof value === "string") return value in known ? known[value] : value;
    if (Array.isArray(value)) return value.map((item) => resolved(item, known));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, known)]));
  }

  function chart_config() {
    const font = getComputedStyle(document.body).fontFamily;
    const [ink, muted, line] = [color("ink"), color("muted"), color("line")];
    return {
      background: color("surface"),
      font,
      view: { stroke: "transparent" },
      axis: {
        labelColor: ink, titleColor: muted, gridColor: line, domainColor: line, tickColor: line, labelFontSize: 12,
        titleFontSize: 12, titleFontWeight: "normal", titlePadding: 8, labelLimit: 220,
      },
      axisX: { titleAnchor: "start", labelFlush: false },
      axisQuantitative: { tickCount: 10 },
      axisY: { titleAnchor: "end" },
      header: { labelColor: ink, titleColor: muted, labelFontSize: 12 },
      legend: {
        labelColor: ink, titleColor: muted, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal",
          labelLimit: 240, symbolSize: 110, layout: { bottom: { direction: "vertical", anchor: "start", margin: 8 } },
        symbolBaseFillColor: muted, symbolBaseStrokeColor: muted,
      },
      text: { fontSize: 12 },
    };
  }

  // `beside`: pixels of a chart with facets that are not its cells, whose width alone can be set.
  function prepared(name, width, beside) {
    const spec = resolved(page.specs[name], names());
    spec.datasets = page.datasets;
    const has_columns = spec.encoding !== undefined && "column" in spec.encoding;
    const columns = has_columns ? new Set(page.datasets[name].map((row) => row.designs)).size : 1;
    if (has_columns && columns < 2) delete spec.encoding.column;
    if (beside !== undefined) spec.width = Math.max(120, Math.floor((width - beside) / columns));
    if (spec.height && spec.height.for === "offset") {
      const groups = new Set(page.datasets[name].map((row) => row.part)).size;
      spec.height = Math.round(1.4 * spec.height.step * groups * Math.max(2, page.designs.length));
    }
    if (spec.width === "container") {
      spec.width = Math.max(200, width);
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    return spec;
  }

  const views = new Map();
  async function draw(figure) {
    const name = figure.dataset.spec;
    const box = figure.querySelector(".chart");
    if (views.has(name)) views.get(name).finalize();
    const embed = (beside) => vegaEmbed(box, prepared(name, box.clientWidth, beside), {
      mode: "vega-lite", renderer: "svg", actions: false, config: chart_config(), tooltip: { theme: theme() },
    });
    const guess = page.specs[name].usermeta && page.specs[name].usermeta.beside;
    let result = await embed(guess);
    if (guess !== undefined) {
      // Only the drawn chart tells how wide its labels are.
      const excess = Math.ceil(box.querySelector("svg").getBoundingClientRect().width) - box.clientWidth;
      if (excess > 0 || excess < -8) {
        result.finalize();
        result = await embed(guess + excess);
      }
    }
    views.set(name, result);
  }

  const figures = [...document.querySelectorAll("figure[data-spec]")];
  async function draw_all() {
    document.querySelectorAll(".swatch").forEach((swatch) => {
      const colors = design_colors[theme()];
      swatch.style.background = colors[Number(swatch.dataset.design) % colors.length];
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
