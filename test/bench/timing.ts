import postgres from "postgres";
import { secretOf } from "../../src/access/tokens.ts";
import type { Bench } from "./cases.ts";
import { at, ms, report } from "./measure.ts";
import { browserHeaders, post } from "./processes.ts";
import type { World } from "./world.ts";

/**
 * What an answer's time could tell (T4, T12, T33, T67): kinds of visitors in turns, so that whatever else the machine
 * does falls on all of them, and the medians side by side. That the same work is done is proven in test/enumeration.
 */
export async function timingCase(bench: Bench): Promise<void> {
  await addPeople(bench.world);
  await signIns(bench);
  await mailedLinks(bench);
  await invitations(bench);
  await guessedLinks(bench);
  await floods(bench);
}

const samples = 200;
const fresh = (n: number) => `nobody${n}-${crypto.randomUUID().slice(0, 8)}@strangers.test`;
const registered = (n: number) => `signer${1 + (n % 200)}@bench.test`;

/** Somebody disabled and somebody without a password; kept with the world. */
async function addPeople(world: World) {
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  await sql`
    insert into users (email, first_name, last_name, password_hash, email_proven_at, disabled_at)
    select who || '@timing.test', 'Tim', 'Ing', case who when 'disabled' then password_hash end, now(),
      case who when 'disabled' then now() end
    from users, unnest(array['disabled', 'waiting']) who where email = 'signer1@bench.test'
    on conflict do nothing`;
  await sql`delete from rate_limits`;
  await sql.end();
}

/** Times each kind `samples` times, in turns; prints how far its median is from the first kind's. */
async function compare(what: string, kinds: Record<string, (n: number) => Promise<unknown>>, times = samples) {
  const taken = new Map(Object.keys(kinds).map((name) => [name, [] as number[]]));
  for (let n = -10; n < times; n++) {
    // In another order each time: who comes after whom must not count.
    const shuffled = Object.entries(kinds).toSorted(() => Math.random() - 0.5);
    for (const [name, work] of shuffled) {
      const began = performance.now();
      await work(n + 10);
      if (n >= 0) taken.get(name)!.push(performance.now() - began);
    }
  }
  const median = (name: string) =>
    at(
      taken.get(name)!.toSorted((a, b) => a - b),
      0.5,
    );
  const [first, ...others] = Object.keys(kinds) as [string, ...string[]];
  for (const name of others) {
    const ratio = median(name) / median(first);
    const kept = Math.abs(ratio - 1) <= 0.1;
    report(`${what}: ${name} against ${first}`, ms(median(name)), ms(median(first)), ratio, "0.9–1.1", kept);
  }
}

const expecting = async (status: number, answer: Promise<Response>) => {
  const { status: given, text } = await answer.then(async (each) => ({ status: each.status, text: await each.text() }));
  if (given !== status) throw new Error(`answered ${given}, not ${status}`);
  return text;
};

async function signIns({ muster }: Bench) {
  const refused = (email: string) =>
    expecting(422, post(`${muster.url}/sign-in`, { email, password: "certainly not this one" }));
  await compare("T33 sign-in", {
    known: (n) => refused(registered(n)),
    unknown: (n) => refused(fresh(n)),
    disabled: () => refused("disabled@timing.test"),
    "without a password": () => refused("waiting@timing.test"),
  });
}

async function mailedLinks({ muster }: Bench) {
  for (const path of ["/forgot", "/register"]) {
    const ask = (email: string) => expecting(200, post(muster.url + path, { email }));
    await compare(`T33 ${path}`, { known: (n) => ask(registered(n)), unknown: (n) => ask(fresh(n)) });
  }
}

async function invitations({ muster, world, cookie }: Bench) {
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  const run = crypto.randomUUID().slice(0, 8);
  await sql`
    insert into users (email, first_name, last_name, email_proven_at)
    select 'known' || n || ${`-${run}@guests.test`}, 'Kno', 'Wn', now() from generate_series(0, ${samples + 10}) n`;
  await sql.end();
  const invite = async (email: string) => {
    const form = { _account: world.accountId, email, firstName: "", lastName: "", message: "" };
    const drafted = await post(`${muster.url}/admin/users/new`, form, cookie);
    const id = /users\/([0-9a-f-]{36})/.exec(drafted.headers.get("location") ?? "")?.[1];
    await expecting(303, post(`${muster.url}/admin/users/${id}/invitation`, { _account: world.accountId }, cookie));
  };
  await compare("T12 invite", {
    unregistered: (n) => invite(`nobody${n}-${run}@guests.test`),
    registered: (n) => invite(`known${n}-${run}@guests.test`),
  });
}

/** T4: ten thousand secrets, random and one letter off a real one: none is found, with the same page in the same time. */
async function guessedLinks({ muster, world }: Bench) {
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  const [row] = await sql`
    select id, purpose, generation from tokens where purpose = 'registration' order by created_at desc limit 1`;
  await sql.end();
  const real = secretOf(row as Parameters<typeof secretOf>[0]);
  const near = (n: number) => real.slice(0, n % 40) + (real[n % 40] === "A" ? "B" : "A") + real.slice((n % 40) + 1);
  const random = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("base64url");
  for (const path of ["/invitations", "/register", "/reset", "/address"]) {
    const pages = new Set<string>();
    const guess = async (secret: string) => {
      const text = await expecting(404, fetch(`${muster.url}${path}/${secret}`, { headers: browserHeaders }));
      pages.add(text.replaceAll(secret, "…").replaceAll(/[\w-]{8}(-[\w-]{4}){3}-[\w-]{12}/g, "…"));
    };
    await compare(`T4 ${path}`, { random: () => guess(random()), "a letter off": (n) => guess(near(n)) }, 1250);
    report(`T4 ${path}, pages for 2,520 guesses`, String(pages.size), "", null, "1", pages.size === 1);
  }
}

/** T67: bodies that no parser should ever see. */
async function floods({ muster }: Bench) {
  for (const [what, body] of [
    ["100,000 fields", "a[]=&".repeat(100_000)],
    ["10,000 fields", "a=1&".repeat(10_000)],
  ] as const) {
    const times: number[] = [];
    for (let n = 0; n < samples; n++) {
      const began = performance.now();
      const headers = { ...browserHeaders, "Content-Type": "application/x-www-form-urlencoded" };
      const answer = await fetch(`${muster.url}/sign-in`, { method: "POST", headers, body });
      if (answer.status !== 400 && answer.status !== 413) throw new Error(`${what} answered ${answer.status}`);
      await answer.text();
      times.push(performance.now() - began);
    }
    const slow = at(
      times.sort((a, b) => a - b),
      0.95,
    );
    report(`T67 ${what}, p95`, ms(slow), "", null, "≤ 100 ms", slow <= 100);
  }
}
