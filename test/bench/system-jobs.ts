import { rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { invite, line, type Scene, s, startImport, statusOf, upload } from "./system-scene.ts";

/** In a domain that the account has opened: only such addresses may stand in a workbook. */
const numbered = (what: string, count: number) =>
  Array.from({ length: count }, (_, n) => `${what}-${n}@northwind.test`);

/** An import of so many people from upload to done, in milliseconds. */
async function importOf(scene: Scene, emails: string[]): Promise<number> {
  const began = Date.now();
  const place = (await upload(scene, emails)).headers.get("location");
  if (!place) throw new Error("the upload was not taken");
  await startImport(scene, place);
  await scene.system.until(async () => (await statusOf(scene, place)) === "done", 120_000, "the import did not end");
  return Date.now() - began;
}

export const mailRefused = async (scene: Scene) => {
  const { system, cookie } = scene;
  system.mail.refuses = (address) => address.startsWith("nobody");
  const email = "nobody@crowd.example";
  const told = () =>
    system.mail
      .mailsTo("olivia@northwind.test")
      .filter(({ text }) => text.includes(email) && /could not be/.test(text));
  const { id } = await invite(scene, email);
  const row = async () =>
    (
      await system.sql<{ status: string; attempts: number }[]>`
      select m.status, m.attempts from mails m join tokens t on t.id::text = m.subject_id::text
      where m.kind = 'invitation' and t.member_id = ${id}`
    )[0];
  const took = await system.until(async () => (await row())?.status === "bounced", 60_000, "the mail did not bounce");
  const later = await system.until(() => told().length > 0, 60_000, "nobody was told");
  await sleep(20_000);
  const page = await system.ask(`/admin/users/${id}/account`, cookie);
  const { attempts } = (await row())!;
  const said = page.text.includes("5.1.1 Nobody of that name");
  const mails = told().length;
  line(
    "R5",
    "the mail server refuses an invited address (550)",
    `bounced after ${s(took)} and ${attempts} attempt; the page ${said ? "says" : "does not say"} what the server said; the inviter has ${mails} mail ${s(later)} later`,
    attempts === 1 && said && mails === 1,
  );
};

export const mailSilent = async (scene: Scene) => {
  const { system } = scene;
  system.mail.fallSilent();
  const addresses = Array.from({ length: 20 }, (_, n) => `silent-${n}@crowd.example`);
  const times: number[] = [];
  const began = Date.now();
  for (const email of addresses) times.push((await invite(scene, email)).ms);
  const took = await importOf(scene, numbered("beside", 200));
  const givenUp = async () =>
    (await system.sql`select 1 from mails where status = 'queued' and attempts > 0 limit 1`).length > 0;
  await system.until(givenUp, 60_000, "no try was given up").finally(() => system.mail.speak());
  const patience = Date.now() - began;
  const all = () => addresses.every((email) => system.mail.to(email) > 0);
  const late = await system.until(all, 300_000, "the mails did not arrive");
  const twice = addresses.filter((email) => system.mail.to(email) > 1).length;
  line(
    "R4 R6",
    "the mail server takes connections and falls silent, 20 invitations, an import of 200 people meanwhile",
    `slowest request ${Math.max(...times).toFixed(0)} ms; the import was done after ${s(took)}; the first try given up after ${s(patience)}; all mails there ${s(late)} after it spoke again, ${twice} twice`,
    Math.max(...times) < 1_500 && took < 30_000 && patience < 15_000 && twice === 0,
  );
};

export const poison = async (scene: Scene) => {
  const { system, cookie } = scene;
  await system.sql`create or replace function poisoned() returns trigger language plpgsql as
    $$ begin raise exception 'poisoned'; end $$`;
  await system.sql`create trigger poisoned before insert on import_people
    for each row when (new.email like 'poison-%') execute function poisoned()`;
  const place = (await upload(scene, numbered("poison", 3))).headers.get("location")!;
  const took = await importOf(scene, numbered("sound", 100));
  // The waits between the attempts are cut short; the attempts are not.
  const failed = async () => {
    await system.sql`update graphile_worker._private_jobs set run_at = now() where locked_at is null and attempts > 0`;
    return (await statusOf(scene, place)) === "failed";
  };
  const given = await system.until(failed, 120_000, "it was not given up");
  const page = await system.ask(place, cookie);
  await system.sql`drop trigger poisoned on import_people`;
  const again = /action="([^"]*\/check)"/.exec(page.text)?.[1];
  const answer = again ? await system.ask(again, cookie, { _account: scene.account }) : undefined;
  await system.until(async () => (await statusOf(scene, place)) === "checked", 60_000, "it was not checked again");
  line(
    "R21",
    "an import at which the check fails each time, another beside it",
    `the other was done after ${s(took)}; the first given up after ${s(given)}, its page ${again ? "offers" : "does not offer"} to check again, which then works`,
    answer?.status === 303,
  );
};

export const noWorker = async (scene: Scene) => {
  const { system } = scene;
  const pids = ["worker1", "worker2"].map((name) => system.pid(name));
  const alarms = () =>
    system.mail.mailsTo("olivia@northwind.test").filter(({ text }) => /^Subject: .*alarm: No worker/m.test(text));
  const before = alarms().length;
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  const { ms } = await invite(scene, "waiting@crowd.example");
  const took = await system
    .until(() => alarms().length > before, 300_000, "no alarm arrived")
    .finally(() => {
      for (const pid of pids) process.kill(pid, "SIGCONT");
    });
  const arrived = () => system.mail.to("waiting@crowd.example") > 0;
  const late = await system.until(arrived, 120_000, "the invitation did not arrive");
  await sleep(5_000);
  const told = alarms().length - before;
  if (told > 1) for (const { text } of alarms()) console.error(text.slice(0, 600));
  line(
    "R22",
    "both workers frozen",
    `inviting took ${ms.toFixed(0)} ms; the alarm's mail arrived after ${s(took)}, ${told} of it; the invitation ${s(late)} after they went on`,
    told === 1 && took < 300_000,
  );
};

/** Clocks ten minutes fast and slow in two web processes and both workers. */
export const clocks = async (scene: Scene) => {
  const { system, cookie } = scene;
  const some = ["web2", "web3", "worker1", "worker2"];
  const renew = async () => {
    for (const name of some) await system.kill(name);
    await system.untilReady();
  };
  const held = async () => (await system.sql`select 1 from mails where held limit 1`).length > 0;
  await system.until(async () => !(await held()), 300_000, "the mails of earlier imports do not end");
  writeFileSync(`${system.dir}/skew`, "");
  await renew();
  const email = "adam@northwind.test";
  const before = system.mail.to(email);
  await system.ask("/forgot", "", { email });
  const took = await system.until(() => system.mail.to(email) > before, 120_000, "the reset mail did not arrive");
  const link = /\/reset\/[\w-]{43}/.exec(system.mail.mailsTo(email).at(-1)!.text)![0];
  const opened = async (left: string) => {
    const { count } = await system.sql`
      update tokens set expires_at = now() + ${left}::interval
      where purpose = 'password_reset' and email = ${email} and replaced_at is null`;
    if (count !== 1) throw new Error(`${count} links`);
    const answers = await Promise.all(Array.from({ length: 12 }, () => system.ask(link)));
    return answers.filter(({ text }) => text.includes('name="password"')).length;
  };
  const [early, late] = [await opened("1 minute"), await opened("-1 second")];
  // The second page asks again who it is ten minutes after the last time.
  let pages = 0;
  for (const each of [cookie, ...(await Promise.all(Array.from({ length: 4 }, () => system.signIn())))])
    for (const path of ["/admin/users", "/profile/security/passkeys/new"].slice(0, each === cookie ? 1 : 2))
      for (let n = 0; n < 6; n++) if ((await system.ask(path, each)).status === 200) pages++;
  const people = numbered("skewed", 5);
  await importOf(scene, people);
  const mailed = () => people.every((email) => system.mail.to(email) > 0);
  const paced = await system.until(mailed, 150_000, "the mails of an import, which go by the clock, did not arrive");
  rmSync(`${system.dir}/skew`);
  await renew();
  const right = Date.now();
  const goesOn = async () =>
    (
      await system.sql`select 1 from graphile_worker._private_known_crontabs where identifier = 'judge_alarms'
        and last_execution between ${new Date(right)} and now() and last_execution = date_trunc('minute', last_execution)`
    ).length > 0;
  const back = await system.until(goesOn, 150_000, "what runs by the clock did not go on");
  line(
    "R16",
    "clocks 10 minutes fast and slow, in two web processes and both workers",
    `a mail arrived after ${s(took)}; a link with a minute left opened ${early} of 12 times, one over for a second ${late} of 12; ${pages} of 54 pages for who is signed in; mails that go by the clock after ${s(paced)}, and ${s(back)} after the clocks were right`,
    took < 30_000 && early === 12 && late === 0 && pages === 54 && paced < 90_000 && back < 90_000,
  );
};
