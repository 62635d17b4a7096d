import { eq, sql } from "drizzle-orm";
import { db } from "../../src/db/client.ts";
import { importPeople, importRights, imports, type PersonAction } from "../../src/db/schema.ts";
import type { Account, Member, User } from "./world.ts";

export interface Row {
  email: string;
  action?: PersonAction;
  firstName?: string;
  lastName?: string;
  personalMailbox?: boolean;
  reason?: string;
  member?: Member;
  namesBefore?: { firstName: string; lastName: string };
  /** Per target, the account (null) or a mailbox. */
  rights?: { mailboxId?: string | null; items: string[]; before?: string[] }[];
}

let counter = 0;

/** An import that was checked and can be started, with these rows, as the check leaves it. */
export async function checkedImport(
  account: Account,
  user: User,
  rows: Row[],
  values: Partial<typeof imports.$inferInsert> = {},
) {
  const count = (action: PersonAction) => rows.filter((row) => (row.action ?? "create") === action).length;
  const [row] = await db
    .insert(imports)
    .values({
      accountId: account.id,
      fileName: "people.xlsx",
      sha256: `${++counter}-${crypto.randomUUID()}`,
      status: "checked",
      uploadedBy: user.id,
      checkedAt: new Date(),
      counts: { create: count("create"), update: count("update"), same: count("same"), skip: count("skip") },
      ...values,
    })
    .returning();
  const importId = row!.id;
  if (rows.length === 0) return row!;
  await db.insert(importPeople).values(
    rows.map(({ email, member, ...person }, index) => ({
      importId,
      position: index + 1,
      row: index + 2,
      email,
      firstName: person.firstName ?? "Person",
      lastName: person.lastName ?? `No ${index + 1}`,
      personalMailbox: person.personalMailbox ?? false,
      action: person.action ?? "create",
      reason: person.reason,
      memberId: member?.id,
      userId: member?.userId,
      namesBefore: person.namesBefore,
    })),
  );
  const rights = rows.flatMap(({ rights = [] }, index) =>
    rights.map(({ mailboxId = null, items, before }, at) => ({
      importId,
      position: index + 1,
      sheet: at + 4,
      row: index + 3,
      mailboxId,
      items,
      before,
    })),
  );
  if (rights.length > 0) await db.insert(importRights).values(rights);
  return row!;
}

/** The same with so many made-up people of a domain, each with these rights. */
export async function manyPeople(
  account: Account,
  user: User,
  many: { count: number; domain: string; personal?: boolean; rights: { mailboxId: string | null; items: string[] }[] },
) {
  const { count, domain, personal = false, rights } = many;
  const run = await checkedImport(account, user, [], { counts: { create: count } });
  await db.execute(sql`
    insert into import_people (import_id, position, email, row, first_name, last_name, personal_mailbox, action)
    select ${run.id}, n, 'p' || n || '@' || ${domain}::text, n + 1, 'P' || n, 'Q' || n, ${personal}, 'create'
    from generate_series(1, ${count}::int) n`);
  for (const [index, { mailboxId, items }] of rights.entries()) {
    await db.execute(sql`
      insert into import_rights (import_id, position, sheet, row, mailbox_id, items)
      select ${run.id}, n, ${index + 4}::int, n + 2, ${mailboxId}::uuid, ${sql.param(items)}::text[]
      from generate_series(1, ${count}::int) n`);
  }
  await db.execute(sql`analyze import_people, import_rights`);
  return run;
}

export const importNow = async ({ id }: { id: string }) =>
  (await db.select().from(imports).where(eq(imports.id, id)))[0]!;

export const peopleOf = ({ id }: { id: string }) =>
  db.select().from(importPeople).where(eq(importPeople.importId, id)).orderBy(importPeople.position);
