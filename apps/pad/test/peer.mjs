// The other side of a login and of an enrolment, written in Rust: see wasm/examples/peer.rs. `PEER` is the program, if it is built.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export class Peer {
  #process;
  #lines;

  /** With the argument `permits`, logins need a permit of the day. */
  constructor(...asked) {
    const run = ["run", "--quiet", "--locked", "-p", "milagro-pad-wasm", "--example", "peer", "--", ...asked];
    const [program, args] = process.env.PEER === undefined ? ["cargo", run] : [process.env.PEER, asked];
    this.#process = spawn(program, args, { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** One question at a time. */
  async ask(...words) {
    this.#process.stdin.write(`${words.join(" ")}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the peer has ended");
    return value;
  }

  async bytes(...words) {
    return fromHex(await this.ask(...words));
  }

  /** A grant to a client's key, a letter of the registrar to it, and what the authorities answer. */
  async grant(client, text = "") {
    const said = await this.ask("grant", toHex(client), toHex(Buffer.from(text)));
    const [grant, letter, ...answers] = said.split(" ");
    const shares = [];
    for (let at = 0; at < answers.length; at += 2) {
      shares.push({ authority: Number(answers[at]), sealed: fromHex(answers[at + 1]) });
    }
    return { grant: fromHex(grant), letter: fromHex(letter), shares };
  }

  /** The epoch, and the files of a bulletin in which some users are revoked, by their names. */
  async bulletin(...revoked) {
    const [epoch, ...files] = (await this.ask("bulletin", ...revoked)).split(" ");
    const [index, ...slices] = files.map(fromHex);
    const name = (file, end) => [`${createHash("sha256").update(file).digest("hex")}.${end}`, file];
    const named = [name(index, "index"), ...slices.map((slice) => name(slice, "slice"))];
    return { epoch: Number(epoch), index: named[0][0].split(".")[0], files: Object.fromEntries(named) };
  }

  end() {
    this.#process.stdin.end();
  }
}

export const toHex = (bytes) => Buffer.from(bytes).toString("hex");
export const fromHex = (text) => new Uint8Array(Buffer.from(text, "hex"));
