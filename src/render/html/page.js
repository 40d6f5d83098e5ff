"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const articles = all("#changes article");
  const nodes = new Map(all("svg .node").map((node) => [Number(node.dataset.node), node]));
  const form = one("filters");

  // The changes: shown if they match everything that is asked for.
  if (form) {
    const texts = articles.map((article) => article.textContent.toLowerCase());
    const apply = () => {
      const words = one("search").value.toLowerCase().split(/\s+/).filter(Boolean);
      const kind = one("kind").value;
      const product = one("product")?.value ?? "";
      const actions = new Set(all("input[name=action]:checked", form).map((box) => box.value));
      let shown = 0;
      articles.forEach((article, index) => {
        const data = article.dataset;
        const fits = actions.has(data.action) && (!kind || data.kind === kind) &&
          (!product || data.product === product) && words.every((word) => texts[index].includes(word));
        article.hidden = !fits;
        nodes.get(index)?.classList.toggle("off", !fits);
        shown += fits ? 1 : 0;
      });
      all(".group").forEach((group) => {
        const left = group.querySelectorAll("article:not([hidden])").length;
        group.hidden = left === 0;
        const head = group.querySelector("h2");
        head.textContent = `${head.dataset.heading} (${left})`;
      });
      one("nothing").hidden = shown > 0;
      one("count").textContent = `${shown} of ${articles.length} changes`;
    };
    const open = (state) => all("details", one("changes")).forEach((details) => { details.open = state; });
    form.hidden = false;
    form.addEventListener("input", apply);
    form.addEventListener("submit", (event) => event.preventDefault());
    one("open").addEventListener("click", () => open(true));
    one("close").addEventListener("click", () => open(false));
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
        event.preventDefault();
        one("search").focus();
      }
    });
    apply();
  }

  // A link to a change opens it.
  const follow = () => {
    const target = one(decodeURIComponent(location.hash.slice(1)));
    if (target?.matches("#changes article")) {
      target.hidden = false;
      target.querySelector("details").open = true;
      target.scrollIntoView();
      target.querySelector("summary").focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", follow);
  follow();

  // On paper nothing can be opened.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    closed.forEach((details) => { details.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((details) => { details.open = false; }));

  // The graph: the arrows of a box light up with it.
  const edges = new Map();
  all("svg .edge").forEach((edge) => [edge.dataset.from, edge.dataset.to].forEach((end) => {
    edges.set(Number(end), [...(edges.get(Number(end)) ?? []), edge]);
  }));
  nodes.forEach((node, index) => {
    const light = (state) => () => (edges.get(index) ?? []).forEach((edge) => edge.classList.toggle("lit", state));
    ["mouseenter", "focus"].forEach((event) => node.addEventListener(event, light(true)));
    ["mouseleave", "blur"].forEach((event) => node.addEventListener(event, light(false)));
  });
  const fit = one("fit");
  if (fit) {
    fit.hidden = false;
    fit.addEventListener("click", () => {
      const on = document.querySelector(".canvas").classList.toggle("fit");
      fit.setAttribute("aria-pressed", String(on));
    });
  }
})();
