import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import postgres from "postgres";
import { Agent } from "undici";
import { seal } from "../../src/access/vault.ts";
import { config } from "../../src/config.ts";
import { newSecret } from "../../src/webhook-secrets/make.ts";
import type { Case } from "./cases.ts";
import { report } from "./measure.ts";
import { productionEnv } from "./processes.ts";
import { serveWorker, until } from "./worker.ts";

const count = 10_000;
const rate = (milliseconds: number) => `${((count / milliseconds) * 1000).toFixed(0)}/s`;

/** A receiver on loopback that takes everything at once and counts by id. */
async function countingReceiver() {
  const ids = new Set<string>();
  const server = createServer((request, response) => {
    ids.add(String(request.headers["webhook-id"]));
    request.resume().on("end", () => response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { ids, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, close: () => server.close() };
}

/** The floor: bare posts of as many bytes, 20 at once over connections that stay open, each taken from a table and ticked off. */
async function barePosts(sql: postgres.Sql, url: string): Promise<number> {
  await sql`create temporary table posts as select n as id, false as done, repeat('x', 500) as body from generate_series(1, ${count}) n`;
  await sql`create index on posts (id) where not done`;
  const agent = new Agent({ connections: 20, pipelining: 1 });
  const { origin, pathname: path } = new URL(url);
  const began = performance.now();
  for (;;) {
    const rows = await sql`select id, body from posts where not done order by id limit 20 for update skip locked`;
    if (rows.length === 0) break;
    await Promise.all(
      rows.map(async ({ id, body }) => {
        const headers = { "webhook-id": `bare ${id}`, "content-type": "application/json" };
        const answer = await agent.request({ origin, path, method: "POST", headers, body: body as string });
        await answer.body.dump();
      }),
    );
    await sql`update posts set done = true where id = any(${rows.map(({ id }) => id as number)}::int[])`;
  }
  await agent.close();
  return performance.now() - began;
}

/** Milliseconds that the database's statements of the worker took, while `work` ran; counted where pg_stat_statements is not. */
const databaseTime = async (sql: postgres.Sql) => {
  const [row] =
    await sql`select coalesce(sum(active_time), 0)::float8 as ms from pg_stat_database where datname = current_database()`;
  return row!.ms as number;
};

/** Ten thousand events in one commit, told to one webhook on loopback: from the commit to the last message that was taken. */
export const webhooksCase: Case = async ({ world }) => {
  const sql = postgres(world.url, { max: 1, onnotice: () => {} });
  const receiver = await countingReceiver();
  process.env.OUTBOUND_ALLOW = "127.0.0.1";
  // The configuration of this process was read before the bench's own was there.
  const [id = "", key = ""] = productionEnv.ENCRYPTION_KEYS.split(":");
  config.ENCRYPTION_KEYS.unshift({ id, key: Buffer.from(key, "base64") });
  const [hook] = await sql`
    insert into webhooks (account_id, url, secret) values (${world.accountId}, ${receiver.url}, ${seal(newSecret())}) returning id`;
  // Not before: while nobody has a webhook it looks every ten seconds only.
  const worker = await serveWorker(world.url);
  try {
    const bare = await barePosts(sql, receiver.url);
    receiver.ids.clear();
    const [busy, before] = [worker.processorTime(), await databaseTime(sql)];
    const began = performance.now();
    await sql`
      insert into events (account_id, actor_label, name, subject_type, subject_id, subject_label, after)
      select ${world.accountId}, 'Bench', 'member.added', 'member', gen_random_uuid()::text, 'person' || n || '@bench.test',
        jsonb_build_object('status', 'active', 'rights', array['Viewer'])
      from generate_series(1, ${count}) n`;
    const written = performance.now() - began;
    await until(async () => (receiver.ids.size >= count ? true : undefined));
    const took = performance.now() - began;
    const ratio = bare / took;
    report(`${count} webhook messages to one receiver`, rate(took), rate(bare), ratio, "", null);
    const used = `${((worker.processorTime() - busy) / count).toFixed(2)} ms`;
    const database = `${(((await databaseTime(sql)) - before) / count).toFixed(2)} ms`;
    report("processor of the worker, database, each message", `${used}, ${database}`, "", null, "", null);
    report("writing the events themselves", `${written.toFixed(0)} ms`, "", null, "", null);
    report("memory of the worker at its peak", `${worker.peak().toFixed(0)} MB`, "", null, "", null);
  } finally {
    await worker.stop();
    await sql`delete from webhook_deliveries where webhook_id = ${hook!.id}`;
    await sql`delete from webhooks where id = ${hook!.id}`;
    await sql.end();
    receiver.close();
  }
};
