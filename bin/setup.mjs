// Makes a fresh clone able to run, with whatever Node it is started by (18 or newer) and nothing installed yet; with
// nothing to do it takes a few milliseconds. `node bin/setup.mjs bin/start.ts …` goes on with that program afterwards:
// under the Node that was perhaps fetched just now, which the shell would not find (it remembers where `node` was).
import { spawn, spawnSync } from "node:child_process";
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const neededNode = [22, 18];
const localNode = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
const lock = join(root, ".data", "setup.lock");

const isNewEnough = (version) => {
  const [major, minor] = version.replace("v", "").split(".").map(Number);
  return major > neededNode[0] || (major === neededNode[0] && minor >= neededNode[1]);
};

const readJson = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));

/** Whether every package of the lock file stands in node_modules in that version, whoever installed it. */
function packagesComplete() {
  try {
    // A link: several checkouts share what somebody else looks after. `npm ci` would empty it under them.
    if (lstatSync(join(root, "node_modules")).isSymbolicLink()) return true;
    const wanted = Object.entries(readJson("package-lock.json").packages);
    const installed = readJson("node_modules/.package-lock.json").packages;
    return wanted.every(([path, { version, optional }]) => !path || optional || installed[path]?.version === version);
  } catch {
    return false;
  }
}

/** The Node to go on with: this one, or the one in node_modules; undefined while neither is new enough. */
function findNode() {
  if (isNewEnough(process.version)) return process.execPath;
  if (!existsSync(localNode)) return undefined;
  const { stdout } = spawnSync(localNode, ["--version"], { encoding: "utf8", shell: process.platform === "win32" });
  return isNewEnough(stdout ?? "v0.0") ? localNode : undefined;
}

function npm(what, args) {
  const started = Date.now();
  console.log(`Setting up: ${what} …`);
  // Under `npm start`, npm says where it lives; else it is on the PATH.
  const cli = process.env.npm_execpath?.endsWith(".js") ? process.env.npm_execpath : undefined;
  const options = { cwd: root, stdio: "inherit" };
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = cli
    ? spawnSync(process.execPath, [cli, ...args, ...quiet], options)
    : spawnSync("npm", [...args, ...quiet], { ...options, shell: process.platform === "win32" });
  if (status !== 0) {
    console.error(`npm ${args.join(" ")} did not succeed. Its message stands above; run the command again afterwards.`);
    process.exit(1);
  }
  console.log(`Setting up: ${what}: done in ${Math.round((Date.now() - started) / 1000)} s.`);
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

/** One set-up at a time: several that start at once wait for the first. A lock whose owner died is taken away. */
async function withLock(work) {
  mkdirSync(dirname(lock), { recursive: true });
  for (let waited = 0; ; waited++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    removeIfStale();
    if (waited === 5) console.log("Setting up: another process is at it, waiting for it …");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function removeIfStale() {
  const mine = `${lock}.${process.pid}`;
  try {
    const owner = Number(readFileSync(lock, "utf8"));
    if (!owner || isAlive(owner)) return;
    renameSync(lock, mine);
    // Somebody else was quicker, and this is the new owner's: give it back.
    if (Number(readFileSync(mine, "utf8")) !== owner) linkSync(mine, lock);
  } catch {
    // Gone already.
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Ctrl-C reaches the program by itself; other signals are passed on. Its exit code is ours. */
function goOn(node, args) {
  const child = spawn(node, args, { stdio: "inherit", shell: process.platform === "win32" });
  process.on("SIGINT", () => {});
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

if (!packagesComplete() || !findNode()) {
  await withLock(() => {
    if (!packagesComplete()) npm("packages", ["ci"]);
    if (!findNode()) npm(`a newer Node (this one is ${process.version})`, ["install", "--no-save", "node@24"]);
  });
}

const node = findNode();
if (!node) {
  console.error(`Muster needs Node ${neededNode.join(".")} or newer; this is ${process.version}.`);
  process.exit(1);
}
if (process.argv.length > 2) goOn(node, process.argv.slice(2));
