import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { Webhook } from "standardwebhooks";
import { db } from "../../src/db/client.ts";
import { hasNews, settled } from "../../src/event-stream/cursor.ts";
import type { Message } from "../../src/webhook-sending/message.ts";
import { follower, noteNews } from "../../src/webhook-sending/note.ts";
import { openLanes } from "../../src/webhook-sending/work.ts";
import { atEndOfFile } from "./endings.ts";

/** What a receiver got: as it came, and read by the public library with the receiver's secret. */
export interface Got {
  id: string;
  headers: IncomingHttpHeaders;
  raw: string;
  message: Message;
}

type Manner = (response: ServerResponse, got: Got) => void;

/** How receivers behave. */
export const manners = {
  takes: (response: ServerResponse) => void response.writeHead(204).end(),
  hangs: () => {},
  drops: (response: ServerResponse) => void response.socket?.destroy(),
  answers:
    (status: number, headers: Record<string, string> = {}, body = ""): Manner =>
    (response) =>
      void response.writeHead(status, headers).end(body),
};

const open: Server[] = [];
atEndOfFile(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real receiver on loopback that keeps what it gets and behaves as it is told. */
export async function receiver(manner: Manner = manners.takes) {
  const got: Got[] = [];
  const self = {
    url: "",
    got,
    manner,
    ids: () => got.map(({ id }) => id),
    types: () => got.map((g) => g.message.type),
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks).toString();
    const one = { id: String(request.headers["webhook-id"]), headers: request.headers, raw, message: JSON.parse(raw) };
    got.push(one);
    self.manner(response, one);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(server);
  self.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/muster?key=receiver-8f3a`;
  return self;
}

export type Receiver = Awaited<ReturnType<typeof receiver>>;

/** Reads what came by the public library; throws where the signature is not this secret's. */
export const verified = (secret: string, { raw, headers }: Got) =>
  new Webhook(secret).verify(raw, headers as Record<string, string>) as Message;

/** Notes everything that has happened so far. What is open in other files' databases holds the log back: that is waited for. */
export async function noteAll(): Promise<void> {
  for (const end = Date.now() + 15_000; Date.now() < end; await sleep(25)) {
    const [row] = await db.execute(sql`select exists (select 1 from events where transaction >= ${settled}) as open`);
    if (!row!.open) break;
  }
  for (;;) {
    const [row] = await db.execute<{ news: boolean }>(sql`select ${hasNews(follower)} as news`);
    if (!row!.news) return;
    await noteNews();
  }
}

/** What the worker does: notes what has happened, and sends what is due. */
export async function tell(): Promise<number> {
  await noteAll();
  const lanes = openLanes();
  lanes.wake();
  return lanes.idle();
}

/** Makes every try that waits for its time due now. */
export async function skipPauses(): Promise<void> {
  await db.execute(sql`update webhook_deliveries set next_at = now() where status in ('waiting', 'sending')`);
  await db.execute(
    sql`update webhooks set due_at = now(), worked_until = null where status = 'active' and ended_at is null`,
  );
}
