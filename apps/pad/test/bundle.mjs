// Loads the TypeScript of the worker into a test, and the modules that were built before.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("..", import.meta.url);

export async function source(path) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`src/${path}`, root))],
    bundle: true,
    write: false,
    format: "esm",
    target: "node20",
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** The content of a built file, by its logical name. */
export async function built(name) {
  const dist = new URL("dist/", root);
  const manifest = JSON.parse(await readFile(new URL("manifest.json", dist), "utf8"));
  return readFile(new URL(manifest[name], dist));
}
