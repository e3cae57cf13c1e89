// Opens a page in headless Chromium and prints, as JSON, what it said, asked for, and what axe finds in it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [page_file, pictures, executablePath] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const found = { said: [], asked: [], violations: [], wide: {} };
for (const [name, width] of [["wide", 1280], ["narrow", 390]]) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, javaScriptEnabled: true, bypassCSP: true });
    const page = await context.newPage();
    page.on("console", (message) => found.said.push(message.text()));
    page.on("pageerror", (error) => found.said.push(String(error)));
    page.on("request", (request) => { if (!request.url().startsWith("file:")) found.asked.push(request.url()); });
    await page.goto(pathToFileURL(page_file).href);
    await page.screenshot({ path: `${pictures}/${name}-${colorScheme}.png` });
    found.wide[`${name}-${colorScheme}`] = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    for (const one of violations) found.violations.push({ at: `${name}-${colorScheme}`, id: one.id, impact: one.impact, nodes: one.nodes.slice(0, 3).map((node) => node.html) });
    await page.keyboard.press("Tab");
    found.focused = await page.evaluate(() => document.activeElement?.tagName);
    await context.close();
  }
}
await browser.close();
console.log(JSON.stringify(found));
