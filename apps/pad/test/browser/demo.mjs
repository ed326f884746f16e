// `milagro demo` with the pad: one process with everything, as somebody starts it who wants to look.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = process.env.MILAGRO ?? at("../../../../target/debug/milagro");
const run = promisify(execFile);
const PATIENCE = 120_000;

/** A demonstration that runs, and what it has printed. */
export class Demo {
  #child;
  #ended;
  #directory;
  /** What is behind each name at the beginning of a line. */
  #said = new Map();

  /** Starts one; its clock is ahead of that of this machine by some hours, or behind it. */
  static async begin({ hours = 0 } = {}) {
    const demo = new Demo();
    demo.#directory = await mkdtemp(join(tmpdir(), "milagro-pad-demo-"));
    const own = [program, "demo", "--pad", at("../../dist")];
    const [command, ...args] = hours === 0 ? own : ["faketime", "-f", `${hours < 0 ? "-" : "+"}${Math.abs(hours)}h`, ...own];
    // Time goes on as it does, from another beginning.
    const env = { PATH: process.env.PATH, TMPDIR: demo.#directory, DONT_FAKE_MONOTONIC: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    // A group of its own: `faketime` waits for the program in a process beside it.
    demo.#child = spawn(command, args, { cwd: demo.#directory, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
    // When nobody has the pipe any more, and not only that process.
    demo.#ended = new Promise((resolve) => demo.#child.once("close", resolve));
    const late = setTimeout(() => demo.#tell("SIGKILL"), PATIENCE);
    for await (const line of createInterface({ input: demo.#child.stdout })) {
      if (line.startsWith("Ctrl-C")) {
        clearTimeout(late);
        demo.#child.stdout.resume();
        return demo;
      }
      demo.#said.set(line.slice(0, 16).trim(), line.slice(16));
    }
    await demo.end();
    throw new Error("the demonstration does not start");
  }

  get shop() {
    return this.#said.get("shop");
  }

  get login() {
    return this.#said.get("login service");
  }

  /** Where alice sets up a browser. */
  get enrol() {
    return this.#said.get("enrol alice");
  }

  /** Asks what the line with this name says how to ask; the last word is another. */
  async #ask(name, ...words) {
    const [, ...args] = this.#said.get(name).split(" ");
    const first = args.findIndex((arg) => arg === "users" || arg === "code");
    const { stdout } = await run(program, [...args.slice(0, first), ...words], { env: { PATH: process.env.PATH }, timeout: PATIENCE });
    return stdout === "" ? undefined : JSON.parse(stdout);
  }

  admin(...words) {
    return this.#ask("operator", ...words);
  }

  registry(...words) {
    return this.#ask("registrar", ...words);
  }

  #tell(signal) {
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // It is gone.
    }
  }

  async end() {
    this.#tell("SIGINT");
    await this.#ended;
    await rm(this.#directory, { recursive: true, force: true });
  }
}
