// A site on this machine: the built files, an empty page, and whatever a test says that paths answer.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("..", import.meta.url);
const dist = new URL("dist/", root);
const TYPES = { js: "text/javascript", wasm: "application/wasm", json: "application/json" };
const PAGE = "<!doctype html><meta charset=utf-8><title>pad</title>";
/** What the login service says of its pages, as far as the worker is concerned. */
const POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";

/** A script of the page's side, as a module that sets globals. */
async function script(contents) {
  const manifest = JSON.parse(await readFile(new URL("manifest.json", dist), "utf8"));
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL("src", root)), loader: "ts" },
    bundle: true,
    write: false,
    format: "esm",
    define: { WORKER_FILE: JSON.stringify(manifest["worker.js"]), WALLET_FILE: JSON.stringify(manifest["wallet.js"]) },
  });
  return outputFiles[0].contents;
}

export class Site {
  #server;
  routes = {};
  /** Every question with what was in it. */
  asked = [];

  static async open() {
    const site = new Site();
    const api = await script(`
      import { connect, tokens } from "./api";
      import { IndexedStore } from "./worker/testing";
      Object.assign(globalThis, { connect, tokens, IndexedStore });
    `);
    site.#server = createServer((request, response) => {
      site.#answer(request, response, api).catch((error) => {
        console.error(error);
        response.destroy();
      });
    });
    await new Promise((resolve) => site.#server.listen(0, "127.0.0.1", resolve));
    return site;
  }

  get url() {
    return `http://localhost:${this.#server.address().port}`;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request, response, api) {
    const { pathname } = new URL(request.url, this.url);
    const give = (status, type, body) => {
      response.writeHead(status, { "Content-Type": type, "Content-Security-Policy": POLICY });
      response.end(body);
    };
    if (pathname === "/") return give(200, "text/html", `${PAGE}<script type=module src=/pad/api.js></script>`);
    if (pathname === "/pad/api.js") return give(200, "text/javascript", api);
    if (pathname.startsWith("/pad/")) {
      const file = pathname.slice("/pad/".length);
      return give(200, TYPES[file.split(".").pop()], await readFile(new URL(file, dist)));
    }
    const pieces = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    const text = body.toString();
    this.asked.push({ path: pathname, text, headers: request.headers });
    const route = this.routes[pathname];
    if (route === undefined) return give(404, "text/plain", "");
    // What is bytes is answered in bytes.
    if (route.octets) return give(200, "application/octet-stream", await route.octets(body));
    const { status = 200, ...form } = await route(text === "" ? undefined : JSON.parse(text));
    if (status === 0) return response.destroy();
    return give(status, status === 200 ? "application/json" : "application/problem+json", JSON.stringify(form));
  }
}
