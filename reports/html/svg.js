// Every chart of a page as SVG, for `node`: behind Vega, Vega-Lite and charts.js, with the page's data as `luqsim_page`
// and its style sheet as `luqsim_css`. Prints a JSON object, name to SVG.
"use strict";
(async () => {
  const [vega, vega_lite] = [globalThis.vega, globalThis.vegaLite];
  // Without a canvas Vega takes every character to be 0.8 of the size wide and cuts labels that have room.
  vega.textMetrics.width = (item, text) => 0.56 * (item.fontSize || 11) * String(text ?? "").length;
  const colors = /:root\s*{([^}]*)}/.exec(luqsim_css)[1];  // the first: on light ground, as paper is
  const color = (name) => new RegExp("--" + name + ":\\s*([^;]+);").exec(colors)[1];
  const look = { theme: "light", font: "Helvetica, Arial, sans-serif" };
  for (const name of ["ink", "muted", "line", "accent", "surface"]) look[name] = color(name);
  const charts = {};
  for (const name of Object.keys(luqsim_page.specs)) {
    await luqsim_charts.fitted(luqsim_page, name, look, 900, async (spec) => {
      const compiled = vega_lite.compile(spec, { config: luqsim_charts.config(look) }).spec;
      const view = new vega.View(vega.parse(compiled), { renderer: "none" });
      charts[name] = await view.toSVG();
      view.finalize();
      return Number(/ width="([\d.]+)"/.exec(charts[name])[1]);
    });
  }
  process.stdout.write(JSON.stringify(charts));
})();
