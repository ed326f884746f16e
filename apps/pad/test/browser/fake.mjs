// The built pages on loopback, with a worker that does what a test says, so that every state can be seen without a service.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const routes = fileURLToPath(new URL("../../../../services/login/src/pages/routes.rs", import.meta.url));

const MEDIA = { ".css": "text/css", ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".svg": "image/svg+xml" };

// Asks the test what to answer.
const WORKER = `
addEventListener("message", async ({ data }) => {
  if (data.id === undefined) return;
  const response = await fetch("/fake", { method: "POST", body: JSON.stringify(data) });
  postMessage({ id: data.id, ...(await response.json()) });
});`;

/** The policy that the service sends with its pages. */
export async function policy() {
  const source = await readFile(routes, "utf8");
  const found = /const POLICY: &str = "([^"]*)"/.exec(source);
  if (!found) throw new Error("no policy in routes.rs");
  return `${found[1].replace(/\\\s*/g, "")}'none'`;
}

/** Serves until `close`. `answers` are the worker's by method, `api` the service's by method and path, `documents` other pages. */
export async function serve() {
  const manifest = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8"));
  const pagePolicy = await policy();
  const world = { answers: {}, api: {}, documents: {}, asked: [], manifest };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const send = (status, content, headers) => response.writeHead(status, headers).end(content);
    const name = path.slice(1);
    const body = async () => {
      let text = "";
      for await (const piece of request) text += piece;
      return text;
    };
    if (path === "/fake") {
      const { method, args } = JSON.parse(await body());
      world.asked.push({ method, args });
      const answer = world.answers[method];
      const given = typeof answer === "function" ? await answer(...args) : answer;
      return send(200, JSON.stringify(given ?? { fault: { failure: "internal" } }), {});
    }
    const key = `${request.method} ${path}`;
    if (key in world.api) {
      const text = await body();
      const given = typeof world.api[key] === "function" ? world.api[key](text) : world.api[key];
      const { status = 200, headers = { "content-type": "application/json" }, content = "" } = given;
      return send(status, typeof content === "string" ? content : JSON.stringify(content), headers);
    }
    if (path in world.documents) return send(200, world.documents[path], { "content-type": "text/html; charset=utf-8" });
    if (name === manifest["worker.js"]) return send(200, WORKER, { "content-type": MEDIA[".js"] });
    const file = name === "pad.js" ? manifest["pad.js"] : name;
    if (Object.values(manifest).includes(file)) {
      return send(200, await readFile(join(dist, file)), { "content-type": MEDIA[extname(file)] ?? "application/octet-stream" });
    }
    if (/^(login|enrol|devices|hand-off|change-pin|logged-out|frame)$/.test(name)) {
      const headers = { "content-type": MEDIA[".html"], "content-security-policy": pagePolicy };
      return send(200, await readFile(join(dist, manifest["page.html"])), headers);
    }
    return send(404, "", {});
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  world.origin = `http://localhost:${server.address().port}`;
  world.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return world;
}

export const ALICE = { value: { kind: "enrolled", user: "alice@shop.example", pinLength: 4 } };
export const NOBODY = { value: { kind: "none" } };
