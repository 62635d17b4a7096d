import { sql } from "drizzle-orm";
import { system } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { type Place, signHead } from "./head.ts";
import { follower } from "./seal-events.ts";

/**
 * Authenticates the end of the chain as it is, where sealing stopped because it does not know it: a key was lost, or somebody
 * changed the end and it was looked into. What does not fit stays a finding for ever; that it was accepted is an event.
 * Returns the end, or undefined where nothing is sealed.
 */
export function acceptEnd(): Promise<Place | undefined> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select 1 from event_cursors where name = ${follower} for update`);
    const [row] = await tx.execute<{ position: string; hash: string }>(sql`
      select s.position::text, s.hash from seals s order by s.position desc limit 1`);
    if (!row) return undefined;
    const end = { position: Number(row.position), hash: row.hash };
    const { keyId, mac } = signHead(end, config.ENCRYPTION_KEYS);
    await tx.execute(sql`delete from seal_heads where position > ${end.position}`);
    await tx.execute(sql`
      insert into seal_heads (position, hash, key_id, mac) values (${end.position}, ${end.hash}, ${keyId}, ${mac})
      on conflict (position) do update set hash = excluded.hash, key_id = excluded.key_id, mac = excluded.mac`);
    const subject = { type: "log" as const, id: "audit", label: "audit" };
    const author = { ...system(""), accountId: null };
    await recordEvent(tx, author, "log.end_accepted", subject, { after: { position: end.position, hash: end.hash } });
    return end;
  });
}
