import { and, eq } from "drizzle-orm";
import type { Reader } from "../db/client.ts";
import { mailboxes } from "../db/schema.ts";
import { NotFound } from "../http/errors.ts";
import { uuidOr404 } from "../http/ids.ts";

/** Where rights are given: on the account (all null) or on one mailbox of it. */
export interface Place {
  mailboxId: string | null;
  name: string | null;
  address: string | null;
  archived: boolean;
}

/** The mailbox of the account behind an id; null stands for the account. Absent, a neighbour's or no id at all: 404. */
export async function findPlace(reader: Reader, accountId: string, mailboxId: string | null): Promise<Place> {
  if (mailboxId === null) return { mailboxId: null, name: null, address: null, archived: false };
  const [box] = await reader
    .select({ mailboxId: mailboxes.id, name: mailboxes.name, address: mailboxes.address, at: mailboxes.archivedAt })
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, accountId), eq(mailboxes.id, uuidOr404(mailboxId))));
  if (!box) throw new NotFound();
  return { mailboxId: box.mailboxId, name: box.name, address: box.address, archived: box.at !== null };
}
