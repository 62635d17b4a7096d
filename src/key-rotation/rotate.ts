import { sql } from "drizzle-orm";
import { seal, unseal } from "../access/vault.ts";
import { config } from "../config.ts";
import { db } from "../db/client.ts";
import { checkHead, type Head, signHead } from "../seals/head.ts";

/** Every column that holds a sealed secret, with the column that names its row. */
export const sealedColumns = [
  ["domains", "id", "dkim_private_key"],
  ["imap_sources", "mailbox_id", "password"],
  ["imap_sources", "mailbox_id", "refresh_token"],
  ["imap_sources", "mailbox_id", "access_token"],
  ["connectors", "id", "client_secret"],
  ["authorizations", "id", "verifier"],
  ["webhooks", "id", "secret"],
  ["webhooks", "id", "old_secret"],
  ["totp_secrets", "user_id", "secret"],
] as const;

export interface Rotated {
  column: string;
  /** Sealed anew with the first key. */
  resealed: number;
  /** Sealed with a key that is not among ENCRYPTION_KEYS any more, or damaged: left as they are. */
  unreadable: number;
}

interface Sealed extends Record<string, unknown> {
  id: string;
  sealed: string;
}

const batch = 500;
const first = "00000000-0000-0000-0000-000000000000";

/**
 * Seals every secret with the first of ENCRYPTION_KEYS that is sealed with another, in short batches, so that an old key may
 * be taken out. Safe to run twice, and while Muster runs: a secret that somebody changed in between is left as it is.
 */
export async function rotateKeys(): Promise<Rotated[]> {
  const done: Rotated[] = [];
  for (const [table, key, column] of sealedColumns) done.push(await rotateColumn(table, key, column));
  done.push(await rotateHeads());
  return done;
}

/** The heads of the audit log are authenticated anew, those only that the old key proves: a forged one is left as it is. */
async function rotateHeads(): Promise<Rotated> {
  const counted: Rotated = { column: "seal_heads.mac", resealed: 0, unreadable: 0 };
  for (let after = 0; ; ) {
    const rows = await db.execute<Omit<Head, "position"> & { position: string }>(sql`
      select h.position::text, h.hash, h.key_id as "keyId", h.mac from seal_heads h
      where h.position > ${after} and h.key_id <> ${config.ENCRYPTION_KEYS[0]!.id} order by h.position limit ${batch}`);
    const heads = rows.map((row) => ({ ...row, position: Number(row.position) }));
    const good = heads.filter((head) => checkHead(head, config.ENCRYPTION_KEYS) === "good");
    counted.unreadable += heads.length - good.length;
    const anew = good.map((head) => ({ ...signHead(head, config.ENCRYPTION_KEYS), old: head.mac }));
    const written = await db.execute(sql`
      update seal_heads h set key_id = anew."keyId", mac = anew.mac
      from jsonb_to_recordset(${JSON.stringify(anew)}::jsonb) as anew (position bigint, "keyId" text, mac text, old text)
      where h.position = anew.position and h.mac = anew.old returning 1`);
    counted.resealed += written.length;
    if (heads.length < batch) return counted;
    after = heads.at(-1)!.position;
  }
}

async function rotateColumn(table: string, key: string, column: string): Promise<Rotated> {
  const counted: Rotated = { column: `${table}.${column}`, resealed: 0, unreadable: 0 };
  const [at, id, value] = [sql.identifier(table), sql.identifier(key), sql.identifier(column)];
  for (let after = first; ; ) {
    const rows = await db.execute<Sealed>(sql`
      select ${id} as id, ${value} as sealed from ${at}
      where ${id} > ${after}::uuid and ${value} is not null
        and split_part(${value}, ':', 1) <> ${config.ENCRYPTION_KEYS[0]!.id}
      order by ${id} limit ${batch}`);
    const fresh = rows.map((row) => ({ ...row, anew: reseal(row.sealed) })).filter(({ anew }) => anew !== undefined);
    counted.unreadable += rows.length - fresh.length;
    const written = fresh.length
      ? await db.execute(sql`
          update ${at} set ${value} = anew.anew
          from jsonb_to_recordset(${JSON.stringify(fresh)}::jsonb) as anew (id uuid, sealed text, anew text)
          where ${at}.${id} = anew.id and ${at}.${value} = anew.sealed
          returning 1`)
      : [];
    counted.resealed += written.length;
    if (rows.length < batch) return counted;
    after = rows.at(-1)!.id;
  }
}

function reseal(sealed: string): string | undefined {
  try {
    return seal(unseal(sealed));
  } catch {
    return undefined;
  }
}
