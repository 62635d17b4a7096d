import { setTimeout as sleep } from "node:timers/promises";
import { line, type Scene, s, startImport, statusOf, upload } from "./system-scene.ts";

export const mailAway = async ({ system, cookie, account, crowd }: Scene) => {
  system.mail.slow = 50;
  const people = crowd("mails");
  await system.until(() => people.drafted.length >= 60, 60_000, "no drafts");
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
  await system.until(() => arrived() === chosen.length, 600_000, `only ${arrived()} of ${chosen.length} mails arrived`);
  const twice = chosen.filter(({ email }) => system.mail.to(email) > 1).length;
  const ids = new Set(system.mail.taken.map(({ to, text }) => `${to} ${/^Message-ID: (.*)$/im.exec(text)?.[1]}`));
  const known = chosen.every(({ email }) => [...ids].filter((id) => id.startsWith(`${email} <`)).length === 1);
  line(
    "R2 R3 R7",
    "the mail server back, workers killed (-9) four times while they send",
    `${chosen.length} of ${chosen.length} mails arrived within ${s(Date.now() - killed)}, ${twice} of them twice, ${known ? "under one Message-ID" : "NOT under one Message-ID"}`,
    twice <= 4 * 10 && known,
  );
  system.mail.slow = 0;
};

export const imports = async (scene: Scene) => {
  const { system } = scene;
  const people = 2_000;
  const addresses = Array.from({ length: people }, (_, n) => `import-${n}@northwind.test`);
  const both = await Promise.all([1, 2, 3].map(() => upload(scene, addresses)));
  const places = new Set(both.map(({ headers }) => headers.get("location")));
  line(
    "R13",
    "the same workbook three times at once, over three web processes",
    `${places.size} import`,
    places.size === 1 && !places.has(null),
  );
  const place = new URL([...places][0]!, system.url).pathname;
  const started = await startImport(scene, place);
  const began = Date.now();
  let kills = 0;
  let status = await statusOf(scene, place);
  for (; status !== "done" && Date.now() - began < 600_000; status = await statusOf(scene, place)) {
    if (kills < 10 && status === "running") await system.kill(`worker${1 + (kills++ % 2)}`);
    await sleep(150);
  }
  const [row] = await system.sql<{ people: number; twice: number; mails: number }[]>`
    select count(*)::int as people, count(*) filter (where n > 1)::int as twice,
      (select count(*)::int from mails m join tokens t on t.id = m.subject_id
        where m.kind = 'first_sign_in' and t.email like 'import-%@northwind.test') as mails
    from (select email, count(*) as n from members where email like 'import-%@northwind.test' group by 1) m`;
  line(
    "R1 R3",
    `an import of ${people} people, workers killed (-9) ${kills} times`,
    `started: ${started.status}; ${row!.people} people, ${row!.twice} twice, ${row!.mails} mails ordered, done after ${s(Date.now() - began)}`,
    row!.people === people && row!.twice === 0 && row!.mails === people,
  );
  await pacedMails(scene, place.split("/").at(-1)!);
};

/** What an import of thousands does to the mail: one summary, the people's at the set rate, and nobody else waits. */
async function pacedMails({ system }: Scene, importId: string) {
  const paced = () => system.mail.taken.filter(({ to }) => to.startsWith("import-")).map(({ at }) => at);
  await system.until(() => paced().length > 0, 120_000, "no mail to the imported people");
  await sleep(20_000);
  const until = Date.now();
  const rate = paced().filter((at) => at > until - 15_000).length / 15;
  const before = system.mail.to("vera@northwind.test");
  await system.ask("/forgot", "", { email: "vera@northwind.test" });
  const took = await system.until(() => system.mail.to("vera@northwind.test") > before, 60_000, "no reset mail");
  const [told] = await system.sql<{ mails: number; bells: number }[]>`
    select (select count(*)::int from mails where kind = 'import_finished' and subject_id = ${importId}) as mails,
      (select count(*)::int from notifications where kind = 'import.finished' and subject_id = ${importId}) as bells`;
  line(
    "R26 T92",
    "the mails of that import",
    `${told!.mails} summary and ${told!.bells} bell; ${rate.toFixed(1)} mails a second to the people; a reset mail meanwhile came after ${s(took)}`,
    told!.mails === 1 && told!.bells === 1 && rate > 0 && rate < 12 && took < 10_000,
  );
}

export const frozenWorker = async ({ system, cookie, account, crowd }: Scene) => {
  const pid = system.pid("worker1");
  const people = crowd("frozen");
  await system.until(() => people.drafted.length >= 40, 60_000, "no drafts");
  await people.leave();
  const chosen = people.drafted.slice(0, 40);
  // Slow enough for both workers to be in the middle of some.
  system.mail.slow = 2_000;
  for (const { id } of chosen) await system.ask(`/admin/users/${id}/invitation`, cookie, { _account: account });
  process.kill(pid, "SIGSTOP");
  system.mail.slow = 0;
  const began = Date.now();
  const settled = async () => {
    const [row] = await system.sql<{ sent: number; again: number; most: number }[]>`
      select count(*) filter (where m.status = 'sent')::int as sent, max(m.attempts)::int as most,
        count(*) filter (where m.attempts > 1)::int as again
      from mails m join tokens t on t.id = m.subject_id where t.member_id = any(${chosen.map(({ id }) => id)})`;
    return row!;
  };
  const took = await system
    .until(async () => (await settled()).sent === chosen.length, 180_000, "the other worker did not send them")
    .finally(() => sleep(Math.max(0, 90_000 - (Date.now() - began))).then(() => process.kill(pid, "SIGCONT")));
  await sleep(10_000);
  const { sent, again, most } = await settled();
  const twice = chosen.filter(({ email }) => system.mail.to(email) > 1).length;
  line(
    "R2",
    "a worker frozen for 90 s in the middle of sending, then going on",
    `${sent} of ${chosen.length} mails sent within ${s(took)}, ${again} of them taken over from the frozen one, ${twice} twice, none tried more than ${most} times`,
    took < 125_000 && sent === chosen.length && again > 0 && twice <= again && most === 2,
  );
};

export const passwords = async ({ system }: Scene) => {
  const wrong = () => system.ask("/sign-in", "", { email: "vera@northwind.test", password: "wrong wrong wrong" });
  const answers = await Promise.all(Array.from({ length: 100 }, wrong));
  const looked = answers.filter(({ status }) => status === 422).length;
  line(
    "T40",
    "100 wrong passwords at once, over three web processes",
    `${looked} looked at, ${answers.filter(({ status }) => status === 429).length} refused unread`,
    looked <= 5,
  );
};

export const afterwards = async ({ system, cookie }: Scene) => {
  const answer = await system.ask("/admin/users", cookie);
  line("R8 R19", "the session of the beginning, after all that", `answers ${answer.status}`, answer.status === 200);
  line("R12", "connections of the database, the most at once", `${system.connections} of 60`, system.connections <= 48);
  const ended = system.log.match(/(web|worker)\d ended \([^)]*\)/g) ?? [];
  const others = ended.filter((text) => !text.includes("SIGKILL"));
  line("R8 R24", "processes that ended by themselves", others.join(", ") || "none", others.length === 0);
};
