import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "../../src/db/embedded.ts";
import { atEndOfFile } from "./endings.ts";
import { until } from "./processes.ts";

/** A real mail server (Dovecot 2.3, Debian's packages) with a configuration of its own in a temporary folder. */
export interface Dovecot {
  host: "localhost";
  /** IMAP, with STARTTLS. */
  port: number;
  /** IMAP in TLS from the first byte. */
  tlsPort: number;
  lmtpPort: number;
  /** Who signed its certificate (PEM), for a client that shall believe it; the file too, for NODE_EXTRA_CA_CERTS. */
  ca: string;
  caFile: string;
  /** Signs in as anybody: `ana@acme.test*master`. */
  master: { user: string; password: string };
  /** The folder of its files; `log()` reads what it wrote down. */
  dir: string;
  log(): string;
  addUser(name: string, password: string, options?: { quotaBytes?: number }): void;
  /** Puts a message into a folder of somebody's mailbox, made where there is none. */
  deliver(user: string, message: string | Buffer, folder?: string, flags?: string[]): Promise<void>;
  stop(): Promise<void>;
}

export interface DovecotOptions {
  /** Without TLS passwords: `required` refuses them, `offered` takes them, `none` offers no TLS either. */
  tls?: "required" | "offered" | "none";
  /** What its certificate is for. */
  names?: string[];
  /** Takes access tokens (XOAUTH2, OAUTHBEARER) that this address knows (RFC 7662); the address may hold `client:secret@`. */
  introspectionUrl?: string;
  /** The claim of a token that is the user's name. */
  usernameAttribute?: string;
  /** Whole configuration instead of ours, but for ports, folders and the user it runs as. */
  config?: (at: { dir: string; cert: string; key: string }) => string;
  /** Lines at the end. */
  more?: string;
}

const program = ["/usr/sbin/dovecot", "/usr/local/sbin/dovecot", "/opt/homebrew/sbin/dovecot"].find(existsSync);
const version = program ? spawnSync(program, ["--version"], { encoding: "utf8" }).stdout : "";

/** What a test says where there is none: `skip(noDovecot)`. */
export const noDovecot = "Dovecot 2.3 is not installed: nothing was signed in to";
export const hasDovecot = version.startsWith("2.3");

const running: Dovecot[] = [];
atEndOfFile(() => Promise.all(running.splice(0).map((each) => each.stop())));

/** Starts one, in about half a second. Undefined where it is not installed: then tests say so and are skipped. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot | undefined> {
  if (!hasDovecot) return undefined;
  for (let tries = 1; ; tries++) {
    try {
      const started = await start(options);
      running.push(started);
      return started;
    } catch (error) {
      if (tries === 5 || !/in use/.test(String(error))) throw error;
    }
  }
}

async function start(options: DovecotOptions): Promise<Dovecot> {
  const dir = mkdtempSync("/tmp/muster-dovecot-");
  chmodSync(dir, 0o755);
  for (const folder of ["run", "state", "mail"]) mkdirSync(join(dir, folder), { mode: 0o755 });
  chmodSync(join(dir, "mail"), 0o777);
  const { cert, key, caFile } = certificate(dir, options.names ?? ["localhost"]);
  for (const file of ["users", "masters", "log"]) writeFileSync(join(dir, file), "", { mode: 0o644 });
  const master = { user: "master", password: "master of all boxes" };
  appendFileSync(join(dir, "masters"), `${master.user}:{PLAIN}${master.password}\n`);

  const ports = { port: await freePort(), tlsPort: await freePort(), lmtpPort: await freePort() };
  const whole = options.config?.({ dir, cert, key }) ?? ours(dir, cert, key, options);
  writeFileSync(join(dir, "dovecot.conf"), [whole, place(dir, ports), options.more ?? ""].join("\n"));
  const child = await launch(dir, ports.port);

  return {
    host: "localhost",
    ...ports,
    ca: readFileSync(caFile, "utf8"),
    caFile,
    master,
    dir,
    log: () => readFileSync(join(dir, "log"), "utf8"),
    addUser(name, password, { quotaBytes } = {}) {
      const extra = quotaBytes === undefined ? "" : `userdb_quota_rule=*:bytes=${quotaBytes}`;
      appendFileSync(join(dir, "users"), `${name}:{PLAIN}${password}::::::${extra}\n`);
    },
    async deliver(user, message, folder = "INBOX", flags = []) {
      const { ImapFlow } = await import("imapflow");
      const client = new ImapFlow({
        host: "127.0.0.1",
        port: ports.port,
        secure: false,
        tls: { rejectUnauthorized: false },
        auth: { user: `${user}*${master.user}`, pass: master.password },
        logger: false,
      });
      await client.connect();
      if (folder !== "INBOX") await client.mailboxCreate(folder);
      await client.append(folder, message, flags);
      await client.logout();
    },
    async stop() {
      await end(child);
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

async function launch(dir: string, port: number): Promise<ChildProcess> {
  const output = openSync(join(dir, "log"), "a");
  const child = spawn(program!, ["-F", "-c", join(dir, "dovecot.conf")], { stdio: ["ignore", output, output] });
  closeSync(output);
  try {
    await until(
      async () => {
        if (child.exitCode !== null) throw new Error(`Dovecot ended: ${readFileSync(join(dir, "log"), "utf8")}`);
        return answers(port);
      },
      20_000,
      () => `Dovecot does not answer: ${readFileSync(join(dir, "log"), "utf8")}`,
    );
  } catch (error) {
    await end(child);
    rmSync(dir, { recursive: true, force: true });
    throw error;
  }
  return child;
}

/** Its master process ends the others; where it does not, the system does when the test's folder is gone. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
}

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", (chunk) => {
      socket.destroy();
      resolve(String(chunk).startsWith("* OK"));
    });
    socket.once("error", () => resolve(false));
  });

/** By name: Dovecot takes no number here. */
const group = () => spawnSync("id", ["-gn"], { encoding: "utf8" }).stdout.trim();

/** An authority, and a certificate of its making. Both are good for a day. */
function certificate(dir: string, names: string[]) {
  const [caKey, caFile, key, request, cert, about] = [
    "ca.key",
    "ca.pem",
    "key.pem",
    "csr.pem",
    "cert.pem",
    "names",
  ].map((name) => join(dir, name)) as [string, string, string, string, string, string];
  const openssl = (...args: string[]) => {
    const done = spawnSync("openssl", args, { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`openssl ${args[0]}: ${done.stderr}`);
  };
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...curve, "-keyout", caKey, "-out", caFile, "-days", "1", "-subj", "/CN=Test authority");
  openssl("req", ...curve, "-keyout", key, "-out", request, "-subj", `/CN=${names[0]}`);
  writeFileSync(about, `subjectAltName=${[...names.map((name) => `DNS:${name}`), "IP:127.0.0.1"].join(",")}`);
  openssl(
    ...["x509", "-req", "-in", request, "-CA", caFile, "-CAkey", caKey, "-CAcreateserial", "-out", cert],
    ...["-days", "1", "-extfile", about],
  );
  return { cert, key, caFile };
}

/** Where it runs, as whom, and on which ports: the last word over any configuration. */
function place(dir: string, ports: { port: number; tlsPort: number; lmtpPort: number }): string {
  const root = process.getuid?.() === 0;
  const self = userInfo().username;
  const listen = (port: number, ssl = false) => `address = 127.0.0.1\n port = ${port}\n ssl = ${ssl ? "yes" : "no"}`;
  const chroots = ["anvil", "imap-login"].map((name) => `service ${name} {\n chroot =\n}`).join("\n");
  return `
base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = ${dir}/log
protocols = imap lmtp
auth_failure_delay = 0
mail_max_userip_connections = 0
service imap-login {
  service_count = 0
  inet_listener imap {\n ${listen(ports.port)}\n}
  inet_listener imaps {\n ${listen(ports.tlsPort, true)}\n}
}
# Wrong passwords make nobody wait: tests give many.
service anvil {
  unix_listener anvil-auth-penalty {\n mode = 0\n}
}
service lmtp {
  inet_listener lmtp {\n ${listen(ports.lmtpPort)}\n}
}
${root ? "" : `default_internal_user = ${self}\ndefault_login_user = ${self}\ndefault_internal_group = ${group()}\n${chroots}`}
`;
}

/** Users in a file, quota where a user has one, and one master user for all of them. */
function ours(dir: string, cert: string, key: string, { tls = "required", ...options }: DovecotOptions): string {
  const uid = process.getuid?.() === 0 ? "nobody" : userInfo().username;
  const gid = process.getuid?.() === 0 ? "nogroup" : group();
  if (options.introspectionUrl) {
    writeFileSync(
      join(dir, "oauth2.conf"),
      `introspection_mode = post
introspection_url = ${options.introspectionUrl}
username_attribute = ${options.usernameAttribute ?? "email"}
active_attribute = active
active_value = true
`,
    );
  }
  return `
ssl = ${{ required: "required", offered: "yes", none: "no" }[tls]}
ssl_cert = <${cert}
ssl_key = <${key}
disable_plaintext_auth = ${tls === "required" ? "yes" : "no"}
auth_mechanisms = plain login${options.introspectionUrl ? " xoauth2 oauthbearer" : ""}
auth_master_user_separator = *
auth_verbose = yes
first_valid_uid = 1
mail_location = maildir:${dir}/mail/%u
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Drafts {\n auto = subscribe\n special_use = \\Drafts\n}
  mailbox Sent {\n auto = subscribe\n special_use = \\Sent\n}
  mailbox Trash {\n auto = subscribe\n special_use = \\Trash\n}
}
protocol imap {\n mail_plugins = quota imap_quota\n}
passdb {\n driver = passwd-file\n args = ${dir}/masters\n master = yes\n}
${options.introspectionUrl ? `passdb {\n driver = oauth2\n mechanisms = xoauth2 oauthbearer\n args = ${dir}/oauth2.conf\n}` : ""}
passdb {\n driver = passwd-file\n mechanisms = plain login\n args = scheme=PLAIN username_format=%u ${dir}/users\n}
userdb {\n driver = passwd-file\n args = username_format=%u ${dir}/users\n default_fields = uid=${uid} gid=${gid} home=${dir}/mail/%u\n}
`;
}
