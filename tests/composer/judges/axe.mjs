// axe.mjs FOLDER [--page] PAGE…: what axe finds in emails on a phone and on a desktop, light and dark, and where one is
// wider than one of four windows, also without its doctype; with --page, in pages that are no email; JSON.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...pages] = process.argv.slice(2);
const alone = pages[0] === "--page" && pages.shift();
const require = createRequire(`${folder}/index.js`);
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");
// An email is shown inside another page, which has the landmarks.
const rules = alone ? {} : { "landmark-one-main": { enabled: false }, region: { enabled: false } };

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
const judged = { light: [360, 1024], dark: [360] }; // colours are alike at all widths
const faults = [];

async function look(page, colorScheme, says, axed) {
  const context = await browser.newContext({ colorScheme, offline: true });
  const tab = await context.newPage();
  await tab.goto(pathToFileURL(page).href);
  for (const width of [320, 360, 600, 1024]) {
    await tab.setViewportSize({ width, height: 800 });
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) faults.push(`${says} ${width}: the page is ${wide} wide`);
    if (!axed.includes(width)) continue;
    await tab.addScriptTag({ path: axe });
    const { violations } = await tab.evaluate((rules) => window.axe.run(document, { rules }), rules);
    faults.push(...violations.map((one) => `${says} ${width}: ${one.id}: ${one.nodes[0].html.slice(0, 200)}`));
  }
  await context.close();
}

for (const page of pages) {
  const name = basename(page, ".html");
  for (const colorScheme of ["light", "dark"]) await look(page, colorScheme, `${name} ${colorScheme}`, judged[colorScheme]);
  if (alone) continue; // a page keeps its doctype
  const quirks = page.replace(/\.html$/, ".quirks.html");
  writeFileSync(quirks, readFileSync(page, "utf8").replace(/<!DOCTYPE[^>]*>/i, ""));
  await look(quirks, "dark", `${name} quirks dark`, [360]);
}
await browser.close();
console.log(JSON.stringify(faults));
