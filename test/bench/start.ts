import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Case } from "./cases.ts";
import { at, load, ms, report } from "./measure.ts";
import { browserHeaders, procfile, root, serveMuster, signIn } from "./processes.ts";

/** As the build step leaves it, with everything compiled; and the first start of a place that skipped that step. */
export const startUp: Case = async () => {
  const folder = mkdtempSync(join(tmpdir(), "muster-bench-"));
  const first = await serveMuster({ NODE_COMPILE_CACHE: folder });
  await first.stop();
  rmSync(folder, { recursive: true });
  await serveMuster().then((served) => served.stop());
  const starts: number[] = [];
  const busy: number[] = [];
  for (let n = 0; n < 5; n++) {
    const served = await serveMuster();
    starts.push(served.startedIn);
    busy.push(served.processorTime());
    await served.stop();
  }
  starts.sort((a, b) => a - b);
  busy.sort((a, b) => a - b);
  report("start with nothing compiled yet", ms(first.startedIn), "", null, "", null);
  report("start to first answer", ms(at(starts, 0.5)), "", null, "≤ 1300 ms", at(starts, 0.5) <= 1300);
  report("of that, processor time of the process", ms(at(busy, 0.5)), "", null, "", null);
};

/**
 * After one visitor signed in and saw the dashboard, two seconds later and when it has been at rest; right after the list was
 * asked for by fifty at once; and once every page without parameters was opened, which loads nearly all rooms. With everything
 * compiled, as the build step leaves it: the compiler for types alone takes 25 MB.
 */
export const memory: Case = async ({ seconds }) => {
  spawnSync(process.execPath, ["bin/compile.ts"], { cwd: root, env: { ...process.env, ...procfile().env } });
  const fresh = await serveMuster();
  const cookie = await signIn(fresh.url);
  const open = (path: string) =>
    fetch(fresh.url + path, { headers: { ...browserHeaders, cookie } }).then((answer) => answer.arrayBuffer());
  await open("/admin/dashboard");
  await new Promise((done) => setTimeout(done, 2_000));
  const soon = fresh.memory();
  await new Promise((done) => setTimeout(done, 10_000));
  const idle = fresh.memory();
  await load(`${fresh.url}/admin/users`, 50, seconds * 2, cookie);
  const loaded = fresh.memory();
  const { routeLines } = await import("../../src/rooms.ts");
  const pages = (await routeLines()).filter(({ method, path }) => method === "GET" && !/[:.]|\/files\//.test(path));
  for (const { path } of pages) await open(path);
  await open("/api/v1");
  const everywhere = fresh.memory();
  await fresh.stop();
  report("memory of the web, two seconds after a page", `${soon.toFixed(0)} MB`, "", null, "", null);
  report("memory of the web, idle", `${idle.toFixed(0)} MB`, "", null, "≤ 120 MB", idle <= 120);
  report("memory of the web, after load", `${loaded.toFixed(0)} MB`, "", null, "≤ 310 MB", loaded <= 310);
  const what = `memory of the web, after that and ${pages.length} pages of as many rooms`;
  report(what, `${everywhere.toFixed(0)} MB`, "", null, "≤ 310 MB", everywhere <= 310);
};
