// Opens pages of reports in Chromium, as people do: with a keyboard, on small and large screens, in the dark, on paper. Fails with
// one sentence for each thing that is not as it should be.
//
// browser.mjs CHROMIUM ROLLED-BACK.html LONG.html [FOLDER FOR SCREENSHOTS]

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const [executablePath, rolledBack, long, screenshots] = process.argv.slice(2);
const WIDTHS = [375, 768, 1280];
const wrong = [];
const check = (is, sentence) => is || wrong.push(sentence);

const profile = await mkdtemp(join(tmpdir(), "lockgate-browser-"));
const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
        // The sandbox does not start in a container; only our own files are opened.
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
    ],
});

const requests = [];
context.on("request", (request) => requests.push(request.url()));

// Opens a page, and takes note of everything that it asks for and complains about.
async function open(path, { width = 1280, colorScheme = "light" } = {}) {
    const page = await context.newPage();
    page.on("console", (message) => {
        check(!["error", "warning"].includes(message.type()), `${path}: the console says ${message.text()}`);
    });
    page.on("pageerror", (error) => check(false, `${path}: ${error}`));
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    requests.length = 0;
    const url = pathToFileURL(path).href;
    await page.goto(url);
    const others = requests.filter((request) => request !== url && !request.startsWith("data:"));
    check(others.length === 0, `${path}: it asks for ${others.join(", ")}`);
    return page;
}

async function fits(page, sentence) {
    const [inside, outside] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    check(inside <= outside, `${sentence}: it is ${inside} px wide on a screen of ${outside} px`);
}

async function looks() {
    const background = {};
    for (const colorScheme of ["light", "dark"]) {
        for (const width of WIDTHS) {
            const page = await open(rolledBack, { width, colorScheme });
            await fits(page, `${width} px, ${colorScheme}`);
            if (screenshots) {
                const path = join(screenshots, `${colorScheme}-${width}.png`);
                await page.screenshot({ path, fullPage: true });
            }
            background[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
            await page.close();
        }
    }
    check(background.light !== background.dark, `light and dark look the same: ${background.light}`);
}

async function keyboard() {
    const page = await open(rolledBack);
    const focused = () => page.evaluate(() => document.activeElement?.closest("summary")?.parentElement?.id ?? "");
    let id = "";
    for (let presses = 0; presses < 60 && !id; presses += 1) {
        await page.keyboard.press("Tab");
        id = await focused();
    }
    check(id !== "", "60 presses of Tab lead to no verdict");
    await page.keyboard.press("Enter");
    const first = page.locator(`[id="${id}"]`);
    check(await first.evaluate((details) => details.open), "Enter does not open a verdict");
    check(await first.locator(".exchange").first().isVisible(), "an open verdict shows no exchange");

    // The answer that decided is one link away.
    await page.locator(".decided a").focus();
    await page.keyboard.press("Enter");
    const turned = page.locator("details.turned");
    await turned.locator(".body").waitFor({ state: "visible", timeout: 5_000 });
    check(await turned.locator(".exchange .bad").first().isVisible(), "the decision shows no failed exchange");
    const outline = await turned.locator("summary").evaluate((summary) => getComputedStyle(summary).outlineStyle);
    check(outline !== "none", "what has the focus is not seen");
    await page.close();
}

async function structure() {
    const page = await open(rolledBack);
    const found = await page.evaluate(() => ({
        lang: document.documentElement.lang,
        main: document.querySelectorAll("main").length,
        h1: document.querySelectorAll("h1").length,
        levels: [...document.querySelectorAll("h1,h2,h3,h4")].map((heading) => Number(heading.tagName[1])),
        unnamed: [...document.querySelectorAll("svg.plot[role]")].filter((svg) => !svg.getAttribute("aria-label")).length,
        plots: document.querySelectorAll("svg.plot[role]").length,
        captions: [...document.querySelectorAll("table")].filter((table) => !table.caption).length,
        sections: [...document.querySelectorAll("section")].filter((section) => {
            const label = section.getAttribute("aria-labelledby");
            return !label || !document.getElementById(label);
        }).length,
        ids: document.querySelectorAll("[id]").length - new Set([...document.querySelectorAll("[id]")].map((e) => e.id)).size,
        links: [...document.querySelectorAll("a[href^='#']")].filter((link) => !document.getElementById(link.getAttribute("href").slice(1))).length,
    }));
    check(found.lang === "en", "the page has no language");
    check(found.main === 1 && found.h1 === 1, "the page has no single main part with one title");
    const jumps = found.levels.some((level, index) => index > 0 && level > found.levels[index - 1] + 1);
    check(!jumps, `headings leave a level out: ${found.levels}`);
    check(found.plots >= 4 && found.unnamed === 0, `${found.unnamed} of ${found.plots} drawings have no text`);
    check(found.captions === 0, `${found.captions} tables have no caption`);
    check(found.sections === 0, `${found.sections} sections have no name`);
    check(found.ids === 0, "an id stands twice");
    check(found.links === 0, `${found.links} links lead nowhere`);
    await page.close();
}

async function paper() {
    const page = await open(rolledBack, { width: 768 });
    await page.emulateMedia({ media: "print" });
    await fits(page, "on paper");
    check(!(await page.locator(".buttons").isVisible()), "buttons are printed");
    const pdf = await page.pdf({ format: "A4" });
    check(pdf.length > 10_000, "nothing is printed");
    await page.close();
}

async function thousand() {
    const began = performance.now();
    const page = await open(long, { width: 375 });
    const count = await page.locator("details.verdict").count();
    check(count >= 1_000, `the long page has ${count} verdicts`);
    await fits(page, "the long page");
    await page.locator("[data-only]").click();
    check((await page.locator("details.verdict.pass:visible").count()) === 0, "passes are not left out");
    await page.locator("[data-only]").click();
    await page.locator("[data-open]").click();
    check((await page.locator("details.verdict[open]").count()) === count, "not all verdicts are open");
    const took = performance.now() - began;
    check(took < 20_000, `the long page took ${Math.round(took)} ms`);
    await page.close();
}

try {
    await looks();
    await keyboard();
    await structure();
    await paper();
    await thousand();
} finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
}
for (const sentence of wrong) console.error(sentence);
process.exitCode = wrong.length ? 1 : 0;
