import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { describe, expect, test, vi } from "vitest";
import { system } from "../../src/access/actor.ts";
import { seal } from "../../src/access/vault.ts";
import { recordEvent } from "../../src/audit/record.ts";
import { db } from "../../src/db/client.ts";
import { webhookDeliveries, webhooks } from "../../src/db/schema.ts";
import { newSecret } from "../../src/webhook-secrets/make.ts";
import { startWorker, until } from "../support/processes.ts";
import { manners, receiver, verified } from "../support/receivers.ts";
import { patience } from "../support/waits.ts";
import { create } from "../support/world.ts";

vi.setConfig({ testTimeout: 60_000 * patience });

describe("a worker that sends webhooks", () => {
  test("R1 R2 R7 killed after sending and before it is written down: another one sends it again, under the same id; nothing is lost", async () => {
    const here = await receiver(manners.hangs);
    const account = await create.account();
    const secret = newSecret();
    const values = { accountId: account.id, url: here.url, secret: seal(secret) };
    const [hook] = await db.insert(webhooks).values(values).returning();
    const happen = (label: string) =>
      db.transaction((tx) =>
        recordEvent(tx, system(account.id), "account.renamed", { type: "account", id: account.id, label }),
      );
    const settings = { OUTBOUND_ALLOW: "127.0.0.1", WORKER_SILENT_SECONDS: "2", OUTBOUND_TIMEOUT_MS: "1500" };

    const doomed = await startWorker(settings);
    await happen("one");
    await until(
      () => here.got.length === 1,
      20_000,
      () => doomed.log.join("\n"),
    );
    doomed.kill("SIGKILL");
    await doomed.exited;
    await happen("two");
    const [lost] = await db.select().from(webhookDeliveries).where(eq(webhookDeliveries.webhookId, hook!.id));
    expect(lost).toMatchObject({ status: "sending", attempts: 1 });

    here.manner = manners.takes;
    const heir = await startWorker(settings);
    const rows = () => db.select().from(webhookDeliveries).where(eq(webhookDeliveries.webhookId, hook!.id));
    await until(
      async () => (await rows()).filter(({ status }) => status === "delivered").length === 2,
      30_000,
      () => heir.log.join("\n"),
    );
    expect(here.ids().filter((id) => id === lost!.id)).toHaveLength(2);
    expect(here.got.map((got) => verified(secret, got).data.subject.label).sort()).toEqual(["one", "one", "two"]);
    expect((await rows()).find(({ id }) => id === lost!.id)).toMatchObject({ attempts: 2 });

    // R8: a database that went away for a moment ends neither the loop nor the process.
    await db
      .execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`)
      .catch(() => {});
    await sleep(200);
    await happen("three");
    await until(
      () => here.got.length === 4,
      30_000,
      () => heir.log.join("\n"),
    );
    heir.kill("SIGTERM");
    expect(await heir.exited).toBe(0);
  });
});
