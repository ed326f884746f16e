// Bundles the pad into dist/: files named by their content, and manifest.json with { logical name: file }.
// The WebAssembly modules are built before (`modules.sh`), and are taken from $MILAGRO_PAD_WASM or from cargo's target directory.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, "dist");
const modules = process.env.MILAGRO_PAD_WASM ?? join(root, "../../target/pad");

const manifest = {};

/** Writes a file under the name of its content. */
async function put(name, content) {
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 16);
  const end = extname(name);
  const file = `${basename(name, end)}-${hash}${end}`;
  await writeFile(join(dist, file), content);
  manifest[name] = file;
}

/** Bundles one script, which knows the files that were written before it by the names in `files`. */
async function bundle(name, from, format, files = {}) {
  const entry = join(root, from);
  const known = Object.entries(files).map(([constant, file]) => [constant, JSON.stringify(manifest[file])]);
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format,
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define: Object.fromEntries(known),
    // A classic script takes its address from the document.
    logOverride: { "empty-import-meta": "silent" },
  });
  await put(name, outputFiles[0].contents);
}

/** A style sheet without what only people read. */
async function style(from) {
  const { code } = await transform(await readFile(join(root, from), "utf8"), { loader: "css", minify: true });
  return code;
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
for (const name of ["login.wasm", "enrol.wasm", "permits.wasm", "tokens.wasm"]) {
  const file = join(modules, name);
  if (!existsSync(file)) throw new Error(`${file} is missing: build it first (apps/pad/modules.sh)`);
  await put(name, await readFile(file));
}
await bundle("enrol.js", "src/worker/enrolment.ts", "esm");
await bundle("permits.js", "src/worker/permits.ts", "esm");
await bundle("worker.js", "src/worker/worker.ts", "iife", {
  LOGIN_FILE: "login.wasm",
  ENROL_FILE: "enrol.wasm",
  ENROL_SCRIPT: "enrol.js",
  PERMITS_FILE: "permits.wasm",
  PERMITS_SCRIPT: "permits.js",
});
await bundle("wallet.js", "src/worker/tokens.ts", "iife", { TOKENS_FILE: "tokens.wasm" });
await bundle("tokens.js", "src/tokens.ts", "esm", { WALLET_FILE: "wallet.js" });
await bundle("number.js", "src/element/number.ts", "esm");
const beside = { WORKER_FILE: "worker.js", NUMBER_FILE: "number.js" };
await bundle("pad.js", "src/element/drop-in.ts", "iife", beside);
await bundle("pages.js", "src/pages/pages.ts", "iife", beside);
await put("pages.css", await style("src/style/pages.css"));
await put("icon.svg", await readFile(join(root, "src/style/icon.svg")));
const page = await readFile(join(root, "src/pages/page.html"), "utf8");
await put("page.html", page.replace(/\{([\w.]+)\}/g, (_, name) => manifest[name]));
await writeFile(join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
