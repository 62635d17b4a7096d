import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { workbookOf } from "../support/workbooks.ts";
import { System } from "./system.ts";
import { Crowd, type Seen } from "./system-load.ts";

const s = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const said = (seen: Seen) =>
  `${seen.answers} answers, ${seen.refused} refused with our page, ${seen.lost} lost, slowest ${s(seen.slowest)}, trouble for ${s(seen.trouble)}`;

let broken = 0;

/** One line of the table: what was promised, what was done, what was seen. */
function line(id: string, what: string, seen: string, holds: boolean) {
  if (!holds) broken++;
  console.log(`${holds ? "holds " : "BROKEN"} | ${id.padEnd(9)} | ${what} | ${seen}`);
}

interface Scene {
  system: System;
  cookie: string;
  account: string;
  crowd(tag: string): Crowd;
}

/** Breaks something under a crowd, and says what it saw. */
async function under(
  { crowd }: Scene,
  [id, what, tag]: [string, string, string],
  act: () => Promise<unknown>,
  holds: (seen: Seen) => boolean,
) {
  const people = crowd(tag);
  await sleep(2_000);
  await act();
  await sleep(4_000);
  const seen = await people.leave();
  const wrongs = await people.wrongs();
  const clean = Object.keys(wrongs).length === 0;
  line(
    id,
    what,
    `${said(seen)}; ${clean ? "every confirmed draft there, once" : JSON.stringify(wrongs)}`,
    clean && holds(seen),
  );
}

const scenes: ((scene: Scene) => Promise<void>)[] = [
  async (scene) =>
    under(
      scene,
      ["R18 R19", "a deploy: every process renewed, one by one", "deploy"],
      async () => {
        const before = scene.system.log.split("every process is renewed").length;
        scene.system.renew();
        await scene.system.until(
          () => scene.system.log.split("every process is renewed").length > before,
          180_000,
          "the deploy did not end",
        );
      },
      (seen) => seen.lost === 0 && seen.refused === 0,
    ),
  async (scene) =>
    under(
      scene,
      ["R24", "a web process killed (-9)", "webkill"],
      () => scene.system.kill("web1"),
      // What it was working on is lost with it; nothing else.
      (seen) => seen.lost <= 8 && seen.trouble < 5_000,
    ),
  async (scene) =>
    under(
      scene,
      ["R8 R10", "PgBouncer killed (-9) and started again", "pooler"],
      async () => process.kill(scene.system.pgbouncer, "SIGKILL"),
      (seen) => seen.lost === 0 && seen.slowest < 10_000 && seen.trouble < 15_000,
    ),
  async (scene) =>
    under(
      scene,
      ["R8", "Postgres stopped as by a crash and started again", "crash"],
      async () => {
        await scene.system.database.restart();
        await sleep(8_000);
      },
      (seen) => seen.lost === 0 && seen.slowest < 10_000 && seen.trouble < 15_000,
    ),
  async (scene) =>
    under(
      scene,
      ["R9", "connections cut off inside transactions, every 300 ms for 15 s", "cut"],
      async () => {
        for (const end = Date.now() + 15_000; Date.now() < end; await sleep(300)) {
          await scene.system.sql`
            select pg_terminate_backend(pid) from pg_stat_activity where usename = 'muster' and pid <> pg_backend_pid()
            order by random() limit 3`;
        }
      },
      (seen) => seen.lost === 0 && seen.slowest < 15_000,
    ),
  async (scene) =>
    under(
      scene,
      ["R11", "read-only for 20 s (a failover)", "readonly"],
      async () => {
        const all = (on: string) =>
          scene.system.sql.unsafe(`alter database muster set default_transaction_read_only = ${on}`);
        await all("on");
        await scene.system.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'muster'`;
        await sleep(20_000);
        await scene.system.sql.unsafe("set default_transaction_read_only = off");
        await all("off");
        await scene.system.sql`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'muster'`;
        await sleep(5_000);
      },
      (seen) => seen.lost === 0 && seen.trouble < 35_000,
    ),
  async ({ system, cookie, account, crowd }) => {
    system.mail.slow = 50;
    const people = crowd("mails");
    await sleep(3_000);
    await people.leave();
    const chosen = people.drafted.slice(0, 60);
    const times: number[] = [];
    await system.mail.close();
    for (const { id } of chosen) {
      times.push((await system.ask(`/admin/users/${id}/invitation`, cookie, { _account: account })).ms);
    }
    line(
      "R4",
      "the mail server away while invitations are sent",
      `slowest request ${Math.max(...times).toFixed(0)} ms`,
      Math.max(...times) < 1_500,
    );
    await system.mail.open();
    const killed = Date.now();
    for (let kills = 0; kills < 4; kills++) {
      await sleep(1_500);
      await system.kill(`worker${1 + (kills % 2)}`);
    }
    const arrived = () => chosen.filter(({ email }) => system.mail.to(email) > 0).length;
    await system.until(
      () => arrived() === chosen.length,
      600_000,
      `only ${arrived()} of ${chosen.length} mails arrived`,
    );
    const twice = chosen.filter(({ email }) => system.mail.to(email) > 1).length;
    line(
      "R2 R3 R7",
      "the mail server back, workers killed (-9) four times while they send",
      `${chosen.length} of ${chosen.length} mails arrived within ${s(Date.now() - killed)}, ${twice} of them twice`,
      twice <= 4 * 10,
    );
    system.mail.slow = 0;
  },
  async ({ system, cookie, account }) => {
    const people = 2_000;
    const addresses = Array.from({ length: people }, (_, n) => `import-${n}@northwind.test`);
    const file = await workbookOf({
      users: addresses.map((email, n) => ["Ada", `Okafor ${n}`, email, "N"]),
      account: { id: account, rows: addresses.map((email) => [email, "Viewer", ""]) },
    });
    const form = () => {
      const body = new FormData();
      body.append("file", new Blob([new Uint8Array(file)]), "people.xlsx");
      return system.ask(`/admin/imports?_account=${account}`, cookie, body);
    };
    const both = await Promise.all([form(), form(), form()]);
    const places = new Set(both.map(({ headers }) => headers.get("location")));
    line(
      "R13",
      "the same workbook three times at once, over three web processes",
      `${places.size} import`,
      places.size === 1 && !places.has(null),
    );
    const place = new URL([...places][0]!, system.url).pathname;
    const id = place.split("/").at(-1)!;
    const status = async () =>
      (await system.sql<{ status: string }[]>`select status from imports where id = ${id}`)[0]?.status;
    await system.until(async () => (await status()) === "checked", 120_000, "the check did not end");
    const page = await system.ask(place, cookie);
    const field = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page.text)?.[1] ?? "";
    const [create, update] = [field("create"), field("update")];
    const started = await system.ask(`${place}/start`, cookie, { _account: account, create, update });
    const began = Date.now();
    let kills = 0;
    while ((await status()) !== "done" && Date.now() - began < 600_000) {
      await sleep(400);
      if (kills < 10 && (await status()) === "running") await system.kill(`worker${1 + (kills++ % 2)}`);
    }
    const [row] = await system.sql<{ people: number; twice: number; mails: number }[]>`
      select count(*)::int as people, count(*) filter (where n > 1)::int as twice,
        (select count(*)::int from mails where kind = 'first_sign_in' and created_at > now() - interval '1 hour') as mails
      from (select email, count(*) as n from members where email like 'import-%@northwind.test' group by 1) m`;
    line(
      "R1 R3",
      `an import of ${people} people, workers killed (-9) ${kills} times`,
      `started: ${started.status}; ${row!.people} people, ${row!.twice} twice, ${row!.mails} mails ordered, done after ${s(Date.now() - began)}`,
      row!.people === people && row!.twice === 0 && row!.mails === people,
    );
  },
  async ({ system, cookie, account, crowd }) => {
    const pid = system.pid("worker1");
    const people = crowd("frozen");
    await sleep(2_000);
    await people.leave();
    process.kill(pid, "SIGSTOP");
    const chosen = people.drafted.slice(0, 30);
    for (const { id } of chosen) await system.ask(`/admin/users/${id}/invitation`, cookie, { _account: account });
    const took = await system.until(
      () => chosen.every(({ email }) => system.mail.to(email) > 0),
      180_000,
      "the other worker did not send them",
    );
    await sleep(Math.max(0, 90_000 - took));
    process.kill(pid, "SIGCONT");
    await sleep(5_000);
    const twice = chosen.filter(({ email }) => system.mail.to(email) > 1).length;
    line(
      "R2",
      "a worker frozen for 90 s, then going on",
      `${chosen.length} mails within ${s(took)}, ${twice} twice`,
      took < 120_000 && twice === 0,
    );
  },
  async ({ system }) => {
    const wrong = () => system.ask("/sign-in", "", { email: "vera@northwind.test", password: "wrong wrong wrong" });
    const answers = await Promise.all(Array.from({ length: 100 }, wrong));
    const looked = answers.filter(({ status }) => status === 422).length;
    line(
      "T40",
      "100 wrong passwords at once, over three web processes",
      `${looked} looked at, ${answers.filter(({ status }) => status === 429).length} refused unread`,
      looked <= 5,
    );
  },
  async ({ system, cookie }) => {
    const answer = await system.ask("/admin/users", cookie);
    line("R8 R19", "the session of the beginning, after all that", `answers ${answer.status}`, answer.status === 200);
    line(
      "R12",
      "connections of the database, the most at once",
      `${system.connections} of 60`,
      system.connections <= 48,
    );
    const ended = system.log.match(/(web|worker)\d ended \([^)]*\)/g) ?? [];
    const others = ended.filter((text) => !text.includes("SIGKILL"));
    line("R8 R24", "processes that ended by themselves", others.join(", ") || "none", others.length === 0);
  },
];

/** R1–R27 once more on the whole system: three web and two worker processes, HAProxy, PgBouncer. Says how many are broken. */
export async function runSystemFaults(): Promise<number> {
  const missing = ["pgbouncer", "haproxy"].filter(
    (name) => spawnSync(name, ["-v"]).error && spawnSync(`/usr/sbin/${name}`, ["-v"]).error,
  );
  if (missing.length > 0) {
    console.error(`The faults of the whole system need ${missing.join(" and ")}: apt-get install pgbouncer haproxy`);
    return 1;
  }
  const system = await new System().start();
  try {
    const cookie = await system.signIn();
    const account = /name="_account" value="([^"]+)"/.exec((await system.ask("/admin/users/new", cookie)).text)![1]!;
    const crowd = (tag: string) => new Crowd(system, cookie, account, tag);
    for (const scene of scenes) {
      await scene({ system, cookie, account, crowd }).catch((error: Error) =>
        line("", scene.name, error.message, false),
      );
    }
  } finally {
    await system.stop();
  }
  return broken;
}
