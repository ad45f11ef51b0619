// Opens a canary in Chromium, and saves the recordings of two tools: Playwright, and Chromium's own network panel.
//
// browse.mjs CHROMIUM CANARY FOLDER

import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { chromium } from "playwright-core";

const [executablePath, canary, folder] = process.argv.slice(2);
const PORT = 9333;
const CLOSED = "http://127.0.0.1:65534/";

const browser = await chromium.launch({
    executablePath,
    // The sandbox does not start in a container; only the canary is opened.
    args: ["--no-sandbox", `--remote-debugging-port=${PORT}`, "--remote-allow-origins=*"],
});

// The requests of the recordings.
async function browse(page) {
    await page.goto(`${canary}/health`);
    await page.evaluate(async (closed) => {
        await (await fetch("/health")).text();
        await (await fetch("/", { method: "POST", body: JSON.stringify({ item: "tea" }) })).text();
        await fetch(closed, { mode: "no-cors" }).catch(() => {});
    }, CLOSED);
}

// Every way in which Playwright writes a recording.
const MODES = [
    { file: "playwright.har", content: "embed" },
    { file: "playwright-attach/attach.har", content: "attach" },
    { file: "playwright-attach.zip", content: "attach" },
    { file: "playwright-minimal.har", content: "embed", mode: "minimal" },
    { file: "playwright-omit.har", content: "omit" },
];

async function playwright() {
    for (const { file, content, mode } of MODES) {
        const path = join(folder, file);
        await rm(path, { force: true });
        const context = await browser.newContext({ recordHar: { path, content, mode: mode ?? "full" } });
        await browse(await context.newPage());
        await context.close();
    }
}

async function until(page, isSo) {
    const end = Date.now() + 20_000;
    while (!(await page.evaluate(isSo))) {
        if (Date.now() > end) throw new Error(`not within 20 s: ${isSo}`);
    }
}

// The panel is a page itself: opened for another page, its modules write the file of "Save all as HAR with content".
async function panel() {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto("about:blank#watched");
    const targets = await (await fetch(`http://127.0.0.1:${PORT}/json/list`)).json();
    const watched = targets.find((target) => target.url === "about:blank#watched");
    const tools = await context.newPage();
    const socket = watched.webSocketDebuggerUrl.replace("ws://", "");
    await tools.goto(`devtools://devtools/bundled/inspector.html?ws=${socket}&panel=network`);
    await until(tools, async () => {
        const { TargetManager, NetworkManager } = await import("devtools://devtools/bundled/core/sdk/sdk.js");
        const target = TargetManager.TargetManager.instance().primaryPageTarget();
        return Boolean(target?.model(NetworkManager.NetworkManager));
    });
    await browse(page);
    // The front end hears of each request a little later.
    await until(tools, async () => {
        const { NetworkLog } = await import("devtools://devtools/bundled/models/logs/logs.js");
        const requests = NetworkLog.NetworkLog.instance().requests();
        return requests.filter((request) => request.finished || request.failed).length >= 4;
    });
    const har = await tools.evaluate(async () => {
        const { NetworkLog } = await import("devtools://devtools/bundled/models/logs/logs.js");
        const { Writer } = await import("devtools://devtools/bundled/models/har/har.js");
        const requests = NetworkLog.NetworkLog.instance().requests();
        const bar = { createSubProgress: () => bar, setTotalWork() {}, setWorked() {}, incrementWorked() {}, setTitle() {}, done() {}, isCanceled: () => false };
        return Writer.Writer.harStringForRequests(requests, { sanitize: false }, bar);
    });
    await writeFile(join(folder, "chromium.har"), har);
    await context.close();
}

await playwright();
await panel();
await browser.close();
