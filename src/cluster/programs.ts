import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runAs } from "../db/postgres-binaries.ts";
import { StartProblem } from "../dev/folder.ts";

/** Where a program of the system lies, or how to get it. */
export function program(name: string): string {
  const found = [`/usr/sbin/${name}`, `/usr/bin/${name}`, `/usr/local/sbin/${name}`].find(existsSync);
  if (!found) throw new StartProblem(`This needs ${name}: apt-get install pgbouncer haproxy openssl`);
  return found;
}

/** A file that the programs read, whoever they run as. */
export function write(folder: string, name: string, text: string, secret = false): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, secret ? 0o600 : 0o644);
  const user = runAs();
  if (user.uid !== undefined) chownSync(file, user.uid, user.gid!);
  return file;
}

/** A certificate for the proxy that signed itself: enough to try it out; a real one goes in its place (cluster.pem). */
export function certificate(folder: string, host: string): string {
  const file = join(folder, "cluster.pem");
  if (existsSync(file)) return file;
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const name = /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`;
  const flags = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "365"];
  const subject = ["-subj", `/CN=${host}`, "-addext", `subjectAltName=${name}`];
  const made = spawnSync(program("openssl"), ["req", "-x509", ...flags, "-keyout", key, "-out", cert, ...subject], {
    encoding: "utf8",
  });
  if (made.status !== 0) throw new StartProblem(`No certificate could be made:\n${made.stderr}`);
  return write(folder, "cluster.pem", readFileSync(cert, "utf8") + readFileSync(key, "utf8"), true);
}
