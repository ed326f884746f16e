// Debian's Chromium.
import { chromium } from "playwright-core";

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts the browser. As root it has no sandbox, which is for tests of our own pages alone. */
export function launch(more = [], ignoreDefaultArgs = []) {
  const root = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const executablePath = process.env.MILAGRO_CHROMIUM ?? "/usr/bin/chromium";
  return chromium.launch({ executablePath, args: [...FLAGS, ...root, ...more], ignoreDefaultArgs });
}

/** Notes what pages complain about: refused by a policy, thrown, or written to the console as an error. */
export function complaints(page) {
  const found = [];
  page.on("pageerror", (error) => found.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource/.test(message.text())) found.push(message.text());
  });
  return found;
}
