// Charts from specifications, data and a look. Without a document: page.js draws them, svg.js writes files.
"use strict";
const luqsim_charts = (() => {
  // As many as there are bundled designs. The first eight are told apart with every common colour blindness (after
  // Okabe and Ito, and Tol). No colour is the only difference: designs also have numbers, passes and operands shapes.
  const design_colors = {
    light: ["#0072b2", "#d55e00", "#007f5f", "#b5478b", "#8a6d00", "#4b4fb8", "#5b6168", "#3a9bdc",
      "#7a1020", "#6c9c00", "#9a45dd", "#00a3a3", "#e8657f"],
    dark: ["#56b4e9", "#ff9248", "#2fc59a", "#eb9bcb", "#e6cf4a", "#a3a6ff", "#b9c0c8", "#c9e6fb",
      "#cf5f6c", "#a8dc3c", "#94831f", "#2a9d9d", "#ffc4b5"],
  };
  const activity_colors = {
    busy: "#0072b2", statistics: "#aa4499", quantizer: "#ddcc77", dram_read: "#d55e00", dram_write: "#e69f00",
    buffer_full: "#cc79a7", bank_conflict: "#882255", fill: "#88ccee", drain: "#009e73", none: "#a9b0b8",
  };
  const design_color = (theme, index) => design_colors[theme][index % design_colors[theme].length];

  // `look`: theme, font, and the colours ink, muted, line, accent, surface.
  function names(page, look) {
    const count = Math.max(page.designs.length, 2);
    return {
      "@designs": page.designs,
      "@passes": page.passes,
      "@activities": page.activities,
      "@design_colors": Array.from({ length: count }, (_, i) => design_color(look.theme, i)),
      "@activity_colors": page.activities.map((activity) => activity_colors[activity] || "#777777"),
      "@ink": look.ink,
      "@muted": look.muted,
      "@accent": look.accent,
      "@surface": look.surface,
    };
  }

  // A copy of the chart with its @names replaced.
  function resolved(value, known) {
    if (typeof value === "string") return value in known ? known[value] : value;
    if (Array.isArray(value)) return value.map((item) => resolved(item, known));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, known)]));
  }

  function config({ ink, muted, line, surface, font }) {
    return {
      background: surface,
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

  // What is wider than the drawing is cut off: on a narrow page legends have fewer columns.
  function fit_legends(spec, width) {
    const most = Math.max(1, Math.floor(width / 200));
    for (const { encoding } of [spec, ...(spec.layer || [])])
      for (const { legend } of Object.values(encoding || {}))
        if (legend && legend.columns) legend.columns = Math.min(legend.columns, most);
  }

  // `beside`: pixels of a chart with facets that are not its cells, whose width alone can be set.
  function prepared(page, name, look, width, beside) {
    const spec = resolved(page.specs[name], names(page, look));
    spec.datasets = page.datasets;
    const has_columns = spec.encoding !== undefined && "column" in spec.encoding;
    const columns = has_columns ? new Set(page.datasets[name].map((row) => row.designs)).size : 1;
    if (has_columns && columns < 2) delete spec.encoding.column;
    if (beside !== undefined) spec.width = Math.max(120, Math.floor((width - beside) / columns));
    if (spec.height && spec.height.for === "offset") {
      const groups = new Set(page.datasets[name].map((row) => row.part)).size;
      spec.height = Math.round(1.4 * spec.height.step * groups * Math.max(2, page.designs.length));
    }
    fit_legends(spec, width);
    if (spec.width === "container") {
      spec.width = Math.max(200, width);
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    return spec;
  }

  // Draws with `render(spec)`, which returns the width of what it drew, once or twice: only the drawn chart tells how
  // wide its labels are.
  async function fitted(page, name, look, width, render) {
    const guess = page.specs[name].usermeta && page.specs[name].usermeta.beside;
    const drawn = await render(prepared(page, name, look, width, guess));
    if (guess === undefined) return;
    const excess = Math.ceil(drawn) - width;
    if (excess > 0 || excess < -8) await render(prepared(page, name, look, width, guess + excess));
  }

  return { design_color, config, fitted };
})();
