// The real thing on loopback: three authorities that have founded a domain, a registrar, a login service with the pad, Debian's nginx in
// front of it, and of a shop that Apache serves, too, each a process of its own.
import { execFile, spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = process.env.MILAGRO ?? at("../../../../target/debug/milagro");
const dist = at("../../dist");
const run = promisify(execFile);
const MEMBERS = ["ada", "bob", "cyd"];
const PATIENCE = 120_000;

const handedOut = new Set();

/** Whether a server listens where it should; in a test that waits, nobody hears of an error that it has later. */
const listening = (server, port) =>
  new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));

/**
 * A port that nobody listens on, below those that the system gives to whoever asks for any: none of them takes it before it is
 * used here.
 */
async function port() {
  for (let tried = 0; tried < 1000; tried += 1) {
    const [port, socket] = [randomInt(12_000, 32_000), createSocket()];
    const isFree = !handedOut.has(port) && (await listening(socket, port).then(() => true, () => false));
    if (!isFree) continue;
    await new Promise((resolve) => socket.close(resolve));
    handedOut.add(port);
    return port;
  }
  throw new Error("no port is free");
}

/** Asks again until something is so. */
export async function until(check, what, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    const found = await check().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What runs, and where. */
class World {
  /** Processes by name. */
  running = new Map();

  constructor(directory) {
    this.directory = directory;
  }

  path(name) {
    return join(this.directory, name);
  }

  /** Runs `milagro` to its end, and reads what it printed. */
  async milagro(...args) {
    const { stdout } = await run(program, args, { cwd: this.directory, env: { PATH: process.env.PATH }, timeout: PATIENCE });
    return stdout;
  }

  async json(...args) {
    return JSON.parse(await this.milagro(...args));
  }

  /** Starts a program whose output goes to files; its standard output begins with its address. */
  start(name, command, args) {
    const [out, err] = ["address", "log"].map((end) => openSync(this.path(`${name}.${end}`), end === "address" ? "w" : "a"));
    const child = spawn(command, args, { cwd: this.directory, env: { PATH: process.env.PATH }, stdio: ["ignore", out, err] });
    closeSync(out);
    closeSync(err);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    this.running.set(name, { child, ended });
  }

  async serve(name, ...args) {
    this.start(name, program, args);
    const { ended } = this.running.get(name);
    const address = async () => /^https?:\/\/\S+$/m.exec(await readFile(this.path(`${name}.address`), "utf8"))?.[0];
    const failed = ended.then((code) => Promise.reject(new Error(`${name} ended with ${code}`)));
    return Promise.race([until(address, `${name} listens`), failed]);
  }

  async stop(name) {
    const process = this.running.get(name);
    this.running.delete(name);
    process?.child.kill("SIGTERM");
    await process?.ended;
  }

  log(name) {
    return readFile(this.path(`${name}.log`), "utf8");
  }

  async secret(name) {
    await writeFile(this.path(name), randomBytes(32).toString("base64url"), { mode: 0o600 });
    return name;
  }

  /** A directory of `milagro`, for which nothing was ever counted. */
  async member(name) {
    await mkdir(this.path(name), { mode: 0o700 });
    const of = ["--data", `${name}/data`, "--key-file", await this.secret(`${name}/key`)];
    await this.milagro("init", "--at-once", ...of);
    return of;
  }

  async found() {
    const places = new Map();
    for (const who of MEMBERS) places.set(who, await this.member(who));
    const keys = [];
    for (const place of places.values()) keys.push("--member", (await this.milagro("ceremony", "key", ...place)).trim());
    await writeFile(this.path("plan.toml"), await this.milagro("ceremony", "found", "--name", "example", "--needed", "2", ...keys));
    await mkdir(this.path("board"));
    const results = await Promise.all(
      [...places.values()].map((place) => this.json("ceremony", "run", "plan.toml", "--board", "board", ...place)),
    );
    this.domain = results[0].domain;
    return places;
  }

  async authorities(places) {
    const listed = [];
    for (const [who, place] of places) {
      const address = await this.serve(who, "authority", ...place, "--listen", "127.0.0.1:0", "--registrars", `${this.domain}=${this.registrarKey}`);
      const [, number] = /"authority":(\d+)/.exec(await (await fetch(`${address}/v1/domain`)).text());
      listed.push(`${number}=${address}`);
    }
    return listed;
  }

  async registrar(place, authorities) {
    await mkdir(this.path("reg/bulletins"));
    const listed = authorities.map((one) => `    "${one}",`).join("\n");
    await writeFile(
      this.path("reg/milagro.toml"),
      `data = "reg/data"
key-file = "reg/key"

[registrar]
listen = "127.0.0.1:${this.ports.registrar}"
admin-listen = "127.0.0.1:${this.ports.registrarAdmin}"
admin-key-file = "reg/admin-key"
application = "shop"
domain = "${this.domain}"
authorities = [
${listed}
]
bulletins = "reg/bulletins"
login = "http://127.0.0.1:${this.ports.loginAdmin}"
login-key-file = "login/admin-key"

[registry]
registrar = "http://127.0.0.1:${this.ports.registrarAdmin}"
admin-key-file = "reg/admin-key"
`,
    );
    await this.serve("registrar", "registrar", "--config", "reg/milagro.toml");
  }

  /** Where the registrar listens for administrators. */
  get registry() {
    return ["--registrar", `http://127.0.0.1:${this.ports.registrarAdmin}`, "--registrar-key-file", "reg/admin-key"];
  }

  /** Starts the login service, or starts it again. */
  async login() {
    const { login, loginAdmin, proxy } = this.ports;
    const own = ["--listen", `127.0.0.1:${login}`, "--origins", `https://localhost:${proxy}`, "--pad", dist];
    const admin = ["--admin-listen", `127.0.0.1:${loginAdmin}`, "--admin-key-file", "login/admin-key"];
    await this.serve("login", "login", ...this.loginPlace, ...own, ...admin, ...this.registry);
    await until(async () => (await fetch(`http://127.0.0.1:${login}/readyz`)).ok, "the login service is ready");
  }

  /** Asks the login service as its operator does. */
  async admin(...args) {
    const said = await this.milagro("admin", "--address", `http://127.0.0.1:${this.ports.loginAdmin}`, "--admin-key-file", "login/admin-key", ...args);
    return said === "" ? undefined : JSON.parse(said);
  }

  /** An activation code. */
  async code(user) {
    const ask = async () => (await this.json("registry", "code", user, "--config", "reg/milagro.toml")).code;
    return until(ask, "an activation code");
  }

  async proxy() {
    const { login, registrar, proxy, shop, shopBack } = this.ports;
    const directory = this.path("nginx");
    await mkdir(directory);
    const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
    const files = ["-keyout", join(directory, "key.pem"), "-out", join(directory, "certificate.pem")];
    await run("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", ...subject, ...files]);
    const snippet = async (name) => {
      const text = await readFile(at(`../../etc/${name}`), "utf8");
      return text.replaceAll("127.0.0.1:8442", `127.0.0.1:${login}`).replaceAll("127.0.0.1:8445", `127.0.0.1:${registrar}`);
    };
    await this.apache(await snippet("apache-drop-in.conf"));
    const tls = "ssl_certificate certificate.pem; ssl_certificate_key key.pem;";
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind};`).join(" ");
    await writeFile(
      join(directory, "nginx.conf"),
      `daemon off; master_process off; pid nginx.pid;
events { worker_connections 256; }
http {
  access_log requests.log; ${temporary}
  server { listen 127.0.0.1:${proxy} ssl; ${tls} ${await snippet("nginx-login.conf")} }
  server { listen 127.0.0.1:${shop} ssl; ${tls} ${await snippet("nginx-drop-in.conf")}
    location / { proxy_pass http://127.0.0.1:${shopBack}; proxy_set_header Host $http_host; } }
}
`,
    );
    this.proxyAgain();
  }

  /** The shop again, behind Apache. */
  async apache(snippet) {
    const [modules, directory] = ["/usr/lib/apache2/modules", this.path("nginx")];
    const loaded = ["mpm_event", "authz_core", "ssl", "proxy", "proxy_http"].map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`);
    await writeFile(
      join(directory, "apache.conf"),
      `ServerName localhost
ServerRoot ${directory}
PidFile ${directory}/apache.pid
ErrorLog ${directory}/apache.log
Mutex pthread default
StartServers 1
Listen 127.0.0.1:${this.ports.apache}
${loaded.join("\n")}
<VirtualHost 127.0.0.1:${this.ports.apache}>
SSLEngine on
SSLCertificateFile ${directory}/certificate.pem
SSLCertificateKeyFile ${directory}/key.pem
${snippet}
ProxyPass "/" "http://127.0.0.1:${this.ports.shopBack}/"
</VirtualHost>
`,
    );
    this.start("apache", "/usr/sbin/apache2", ["-X", "-f", join(directory, "apache.conf")]);
  }

  /** Starts nginx, with the configuration that is there. */
  proxyAgain() {
    this.start("nginx", "/usr/sbin/nginx", ["-p", this.path("nginx"), "-c", "nginx.conf", "-e", "error.log"]);
  }

  /** A shop whose page knows nothing of the pad but one script, and which asks who a code stands for. */
  async shop() {
    const origins = [this.shopOrigin, this.apacheOrigin, this.elsewhere].flatMap((one) => ["--origin", one]);
    const { secret } = await this.admin("client", "shop", ...origins);
    const credentials = Buffer.from(`shop:${secret}`).toString("base64");
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      response.setHeader("content-type", "text/html; charset=utf-8");
      response.setHeader("content-security-policy", `default-src 'self'; frame-src ${this.origin}`);
      if (request.url === "/in.js") return response.setHeader("content-type", "text/javascript").end(HEARS);
      const own = `https://${request.headers.host}`;
      const asked = new URL(request.url, own);
      if (asked.pathname === "/framed") return response.end(this.framed(asked.searchParams.get("as") ?? own));
      if (request.method !== "POST") return response.end(SHOP);
      const code = new URLSearchParams(body).get("password");
      const answer = await fetch(`http://127.0.0.1:${this.ports.login}/v1/codes/redeem`, {
        method: "POST",
        headers: { authorization: `Basic ${credentials}`, "content-type": "application/json" },
        body: JSON.stringify({ code, origin: own }),
      });
      const who = answer.ok ? (await answer.json()).user : "nobody";
      return response.end(`<!doctype html><html lang="en"><title>Shop</title><h1>Hello, ${who}</h1></html>`);
    });
    await listening(server, this.ports.shopBack);
    this.shopServer = server;
  }

  /** A page that frames the pad for an origin. */
  framed(origin) {
    const address = `${this.origin}/frame?client=shop&amp;origin=${origin}`;
    return `<!doctype html><html lang="en"><title>Shop</title><iframe src="${address}" title="Log in"></iframe><script src="/in.js"></script></html>`;
  }

  get origin() {
    return `https://localhost:${this.ports.proxy}`;
  }

  get shopOrigin() {
    return `https://localhost:${this.ports.shop}`;
  }

  /** The shop under a name that makes it another site than the login service. */
  get elsewhere() {
    return `https://127.0.0.1:${this.ports.shop}`;
  }

  get apacheOrigin() {
    return `https://localhost:${this.ports.apache}`;
  }

  async close() {
    this.shopServer?.closeAllConnections();
    this.shopServer?.close();
    await Promise.all([...this.running.keys()].map((name) => this.stop(name)));
    await rm(this.directory, { recursive: true, force: true });
  }
}

const SHOP = `<!doctype html><html lang="en"><head><title>Shop</title>
<script src="/milagro/pad.js" data-milagro-form="#login" data-client="shop" data-hand-off="/milagro/hand-off" defer></script></head>
<body><h1>Shop</h1><form id="login" method="post" action="/in"><label>Name <input name="user" required></label>
<label>Password <input name="password" type="password" required></label><button>Go</button></form></body></html>`;

const HEARS = `window.heard = [];
for (const kind of ["keydown", "input", "paste", "pointerdown", "message"]) addEventListener(kind, (event) => heard.push(event), true);
addEventListener("message", ({ origin, data }) => {
  document.title = origin + " " + data.type + " " + data.code.length;
});`;

const PORTS = ["login", "loginAdmin", "registrar", "registrarAdmin", "proxy", "shop", "shopBack", "apache"];

/** Starts everything. */
export async function begin() {
  const world = new World(await mkdtemp(join(tmpdir(), "milagro-pad-")));
  try {
    world.ports = {};
    for (const name of PORTS) world.ports[name] = await port();
    const places = await world.found();
    const registrar = await world.member("reg");
    await world.secret("reg/admin-key");
    world.registrarKey = (await world.json("registrar", "key", ...registrar)).registrar;
    world.loginPlace = await world.member("login");
    await world.secret("login/admin-key");
    await world.registrar(registrar, await world.authorities(places));
    const named = ["--domain", world.domain, "--server", "login.example"];
    const seal = () => world.milagro("server-key", ...world.loginPlace, ...named, ...world.registry).then(() => true);
    await until(seal, "the server's key");
    await world.login();
    await world.shop();
    await world.proxy();
    return world;
  } catch (error) {
    for (const name of world.running.keys()) console.error(name, await world.log(name).catch(() => ""));
    await world.close();
    throw error;
  }
}
