// caniemail.mjs FOLDER PAGE: the features of a page that large mail programs do not know; JSON.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, page] = process.argv.slice(2);
const { caniemail } = await import(pathToFileURL(`${folder}/node_modules/caniemail/dist/index.js`).href);
const clients = ["gmail.*", "apple-mail.*", "outlook.*", "yahoo.*", "samsung-email.*", "protonmail.desktop-webmail"];
const html = readFileSync(page, "utf8");
const faults = new Set();
for (const client of clients) {
  for (const name of caniemail({ clients: [client], html }).issues.errors.values()) {
    for (const issue of name) faults.add(issue.title);
  }
}
console.log(JSON.stringify([...faults].sort()));
