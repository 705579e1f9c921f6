// axe.mjs FOLDER ADDRESS…: what axe has against pages at four widths, light and dark, where one is too wide, what asks
// anybody but their own server, and which controls the tab key does not reach; JSON.
import { createRequire } from "node:module";

const [folder, ...addresses] = process.argv.slice(2);
const require = createRequire(`${folder}/index.js`);
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
const faults = [];
for (const address of addresses) {
  const name = new URL(address).search || "/";
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ colorScheme, bypassCSP: true });
    const tab = await context.newPage();
    tab.on("request", (one) => {
      const where = new URL(one.url());
      if (where.protocol !== "data:" && where.origin !== new URL(address).origin) faults.push(`${name}: asks ${where}`);
    });
    await tab.goto(address);
    await tab.addScriptTag({ path: axe });
    for (const width of [320, 480, 900, 1300]) {
      await tab.setViewportSize({ width, height: 900 });
      const { violations } = await tab.evaluate(() => window.axe.run(document, { iframes: false }));
      faults.push(...violations.map((one) => `${name} ${colorScheme} ${width}: ${one.id}: ${one.nodes[0].html.slice(0, 200)}`));
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) faults.push(`${name} ${colorScheme} ${width}: the page is ${wide} wide`);
    }
    if (colorScheme === "light") faults.push(...(await unreached(tab)).map((one) => `${name}: no way by key to ${one}`));
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(faults));

// Press the tab key until it comes round, and list the controls that never had the focus.
async function unreached(tab) {
  await tab.evaluate(() => {
    window.had = new Set();
    document.addEventListener("focusin", (event) => window.had.add(event.target));
    document.body.focus();
  });
  const count = await tab.evaluate(() => document.querySelectorAll("a, button, iframe, [tabindex='0']").length);
  await tab.evaluate(() => document.querySelectorAll("iframe").forEach((one) => one.remove())); // their links are the message's
  for (let step = 0; step < count + 2; step++) await tab.keyboard.press("Tab");
  return tab.evaluate(() =>
    [...document.querySelectorAll("a, button, [tabindex='0']")].filter((one) => !window.had.has(one)).map((one) => one.outerHTML.slice(0, 120)),
  );
}
