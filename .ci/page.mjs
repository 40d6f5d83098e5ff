// A page that `nautform plan --format html` wrote, used as a person uses it: by mouse, by keyboard, in light and dark, wide and narrow.
//
//     node .ci/page.mjs PAGE.html SCREENSHOTS    with NODE_PATH at playwright-core and axe-core
//
// Ends with 1 and says why if anything is logged as an error, asks the network, does not react, or can't be read by everybody.
import { createRequire } from "node:module";
import { mkdirSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.NODE_PATH}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const [file, screenshots] = process.argv.slice(2);
const name = basename(file, ".html");
const problems = [];
const expect = (what, holds) => { if (!holds) problems.push(what); };

mkdirSync(screenshots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
});

async function open(colorScheme, width, hash = "") {
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  page.on("console", (message) => expect(`console: ${message.text()}`, message.type() !== "error"));
  page.on("pageerror", (error) => expect(`script: ${error}`, false));
  page.on("request", (request) => expect(`asks for ${request.url()}`, request.url().startsWith("file:")));
  await page.goto(pathToFileURL(resolve(file)) + hash);
  return page;
}

const page = await open("light", 1280);
const changes = await page.locator("#changes article").count();
const shown = () => page.locator("#changes article:visible").count();
expect("there is nothing to look at", changes > 0);
expect("not all changes are shown at first", await shown() === changes);

// The filter.
const first = await page.locator("#changes article strong").first().innerText();
await page.keyboard.press("/");
await page.keyboard.type(first);
const found = await page.locator("#changes article:visible strong").allInnerTexts();
expect("typing does not filter", found.length < changes && found.includes(first));
const counted = await page.locator("#count").innerText();
expect(`the count says ${counted}`, counted === `${found.length} of ${changes} changes`);
await page.fill("#search", "nothing is called like this");
expect("a search without a hit does not say so", await page.locator("#nothing").isVisible() && await shown() === 0);
await page.fill("#search", "");
const action = page.locator("input[name=action]").first();
await action.uncheck();
const rest = await shown();
expect("unchecking an action hides nothing", rest < changes);
await action.check();

// Folds, by mouse and by keyboard.
const summary = page.locator("#changes summary").last();
const isOpen = () => page.locator("#changes details").last().evaluate((details) => details.open);
const before = await isOpen();
await summary.click();
expect("a click does not fold", await isOpen() !== before);
await summary.focus();
await page.keyboard.press("Enter");
expect("Enter does not fold", await isOpen() === before);

// The graph leads to its changes, and the tab key through everything.
const node = page.locator("svg a.node").last();
const target = (await node.getAttribute("href")).slice(1);
await page.click("#close");
await node.focus();
await page.keyboard.press("Enter");
await page.waitForFunction((id) => document.getElementById(id).querySelector("details").open, target);
const focused = await page.evaluate(() => document.activeElement.closest("article")?.id);
expect(`a box leads to ${focused}, not to ${target}`, focused === target);
const boxes = await page.locator("svg a.node").count();
expect(`${boxes} boxes for ${changes} changes`, boxes === changes);
const places = await page.locator("svg .node rect").evaluateAll((all) => all.map((one) => `${one.getAttribute("x")} ${one.getAttribute("y")}`));
expect("boxes lie on each other", new Set(places).size === places.length);
await page.close();
const fresh = await open("light", 1280);
const walked = [];
for (let step = 0; step < 16; step += 1) {
  await fresh.keyboard.press("Tab");
  walked.push(await fresh.evaluate(() => document.activeElement.id || document.activeElement.tagName.toLowerCase()));
}
for (const stop of ["search", "kind", "product", "open", "close"]) expect(`Tab does not reach ${stop}: ${walked}`, walked.includes(stop));
expect("the first stop is not the way to the changes", walked[0] === "a");
const anchor = await fresh.evaluate(() => document.querySelector("#changes article").id);
await fresh.close();

// A link to a change opens it.
const linked = await open("light", 1280, `#${anchor}`);
expect("a link to a change does not open it", await linked.locator(`[id="${anchor}"] details`).evaluate((details) => details.open));
await linked.close();

// Everybody can read it.
for (const scheme of ["light", "dark"]) {
  for (const width of [1280, 400]) {
    const look = await open(scheme, width);
    await look.screenshot({ path: `${screenshots}/${name}-${scheme}-${width}.png` });
    const wide = await look.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    expect(`the page scrolls sideways at ${width}`, !wide);
    if (width === 1280) {
      await look.evaluate(axe);
      const { violations } = await look.evaluate(() => globalThis.axe.run());
      for (const violation of violations.filter((one) => ["serious", "critical"].includes(one.impact))) {
        expect(`${scheme}: ${violation.id}: ${violation.help}: ${violation.nodes[0].html.slice(0, 200)}`, false);
      }
      if (scheme === "light") {
        await look.locator("#graph").scrollIntoViewIfNeeded();
        await look.locator("#graph").screenshot({ path: `${screenshots}/${name}-graph.png` });
      }
    }
    await look.close();
  }
}
await browser.close();
if (problems.length > 0) {
  console.error(`${name}: ${[...new Set(problems)].join("\n  ")}`);
  process.exit(1);
}
console.log(`${name}: ${changes} changes, used by mouse and keyboard, in light and dark, wide and narrow`);
