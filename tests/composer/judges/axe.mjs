// axe.mjs FOLDER [--page] PAGE…: what axe finds in a page on a phone and on a desktop, light and dark, and where the page is
// wider than one of four windows; JSON.
import { createRequire } from "node:module";
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
for (const page of pages) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [320, 360, 600, 1024]) {
      const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, offline: true });
      const tab = await context.newPage();
      await tab.goto(pathToFileURL(page).href);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      if (judged[colorScheme].includes(width)) {
        await tab.addScriptTag({ path: axe });
        const { violations } = await tab.evaluate((rules) => window.axe.run(document, { rules }), rules);
        faults.push(...violations.map((one) => `${colorScheme} ${width}: ${one.id}: ${one.nodes[0].html.slice(0, 200)}`));
      }
      if (wide > width) faults.push(`${colorScheme} ${width}: the page is ${wide} wide`);
      await context.close();
    }
  }
}
await browser.close();
console.log(JSON.stringify(faults));
