import "./support/outbox.ts";
import { sql } from "drizzle-orm";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { readSessionTimes } from "../src/access/session-times.ts";
import { db } from "../src/db/client.ts";
import { admin, Browser } from "./support/browser.ts";
import { draft, someone } from "./support/invites.ts";
import { statementsOf } from "./support/statements.ts";
import { create, password } from "./support/world.ts";

/** Every hash that runs, with its settings. The library itself is at work: this only listens. */
const hashes = vi.hoisted(() => [] as string[]);
vi.mock("@node-rs/argon2", async (original) => {
  const real = await original<typeof import("@node-rs/argon2")>();
  return {
    ...real,
    hash: (...args: Parameters<typeof real.hash>) => {
      hashes.push(`made with ${JSON.stringify(args[1])}`);
      return real.hash(...args);
    },
    verify: (...args: Parameters<typeof real.verify>) => {
      hashes.push(`checked with ${String(args[0]).split("$").slice(1, 4).join(" ")}`);
      return real.verify(...args);
    },
  };
});

/** What was sent to the database, without the times and numbers that differ from run to run. */
const shape = (statements: string[]) => statements.map((text) => text.replaceAll(/\s+/g, " "));

/** The jobs that wait, by everything but their ids. */
const jobs = () =>
  db.execute(sql`
    select t.identifier, j.priority, j.max_attempts, j.run_at <= now() as due, j.job_queue_id,
      array(select json_object_keys(j.payload) order by 1) as keys
    from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id order by j.id`);

beforeEach(async () => {
  // Otherwise they are read anew once a minute, within whatever is measured then.
  await readSessionTimes();
  await db.execute(sql`delete from graphile_worker._private_jobs`);
});

describe("T33 who is registered cannot be told by the time that an answer takes: the same work is done", () => {
  test("T33 signing in runs one hash with the same settings, and sends the same statements", async () => {
    const [known, disabled, waiting] = [
      await create.user(),
      await create.user({ disabledAt: new Date() }),
      await create.user({ passwordHash: null }),
    ];
    const signIn = (email: string, secret: string) =>
      new Browser().post("/sign-in", { email, password: secret }).expect(422);
    await signIn("warm@people.test", "wrong");

    const work: Record<string, unknown> = {};
    for (const [who, email, secret] of [
      ["known", known.email, "wrong"],
      ["unknown", "nobody@people.test", "wrong"],
      ["disabled", disabled.email, password],
      ["without a password", waiting.email, password],
      ["not an address", "not an address", "wrong"],
    ] as const) {
      hashes.length = 0;
      const sent = shape(await statementsOf(() => signIn(email, secret)));
      work[who] = { hashes: [...hashes], sent };
    }
    expect(work.known).toMatchObject({ hashes: ["checked with argon2id v=19 m=19456,t=2,p=1"] });
    for (const [who, done] of Object.entries(work)) expect(done, who).toEqual(work.known);
  });

  for (const [what, path] of [
    ["asking for a new password", "/forgot"],
    ["asking to register", "/register"],
  ] as const) {
    test(`T33 ${what} sends the same statements and queues the same job`, async () => {
      const [known, disabled] = [await create.user(), await create.user({ disabledAt: new Date() })];
      await new Browser().post(path, { email: "warm2@people.test" }).expect(200);
      const work: Record<string, unknown> = {};
      for (const [who, email] of Object.entries({
        unknown: "nobody@people.test",
        known: known.email,
        disabled: disabled.email,
      })) {
        await db.execute(sql`delete from graphile_worker._private_jobs`);
        hashes.length = 0;
        const sent = shape(await statementsOf(() => new Browser().post(path, { email }).expect(200)));
        work[who] = { hashes: [...hashes], sent, queued: [...(await jobs())] };
      }
      expect(work.unknown).toMatchObject({ hashes: [], queued: [{ identifier: "send_mail", due: true }] });
      for (const [who, done] of Object.entries(work)) expect(done, who).toEqual(work.unknown);
    });
  }
});

describe("T12 an inviter cannot tell by the time who is registered: the same work is done", () => {
  test("T12 drafting and sending sends the same statements and queues the same job", async () => {
    const { browser } = await admin("admin");
    const known = await create.user();
    await browser.post(`/admin/users/${(await draft(browser)).id}/invitation`).expect(303);

    const work: Record<string, unknown> = {};
    for (const [who, email] of Object.entries({ unknown: someone(), known: known.email })) {
      await db.execute(sql`delete from graphile_worker._private_jobs`);
      let id = "";
      const drafted = shape(
        await statementsOf(async () => {
          const answer = await browser.post("/admin/users/new", { email }).expect(303);
          id = answer.headers.location!.split("/")[3]!;
        }),
      );
      const sent = shape(await statementsOf(() => browser.post(`/admin/users/${id}/invitation`).expect(303)));
      work[who] = { drafted, sent, queued: [...(await jobs())] };
    }
    expect(work.unknown).toMatchObject({ queued: [{ identifier: "send_mail", due: true }] });
    expect(work.known).toEqual(work.unknown);
  });
});
