import { and, asc, count, desc, eq, gt, ilike, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import { type Actor, can } from "../access/actor.ts";
import { grantCounts } from "../access/counts.ts";
import { mailboxPermissionKeys } from "../access/permissions.ts";
import { imapSources, mailboxUsage } from "../db/boxes.ts";
import { db, type Reader, type Tx } from "../db/client.ts";
import { type MemberStatus, mailboxes } from "../db/schema.ts";
import { countedHolders, holdersCap, living } from "../holders/counts.ts";
import { Forbidden, NotFound } from "../http/errors.ts";
import { isUuid, uuidOr404 } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import type { Role } from "../roles/queries.ts";
import type { MailboxQuery } from "./forms.ts";

export type Mailbox = typeof mailboxes.$inferSelect;

const ofAccount = (accountId: string, id: string) =>
  and(eq(mailboxes.accountId, accountId), eq(mailboxes.id, uuidOr404(id)), isNull(mailboxes.goneAt));

/** A mailbox of the account, archived or deleted too, while it can be restored. Absent, gone, a neighbour's or no id at all: 404 (T49). */
export async function findMailbox(reader: Reader, accountId: string, id: string): Promise<Mailbox> {
  const [mailbox] = await reader.select().from(mailboxes).where(ofAccount(accountId, id));
  if (!mailbox) throw new NotFound();
  return mailbox;
}

/** The same for a verb that changes the mailbox: nobody else changes it until the transaction ends. */
export async function lockMailbox(tx: Tx, accountId: string, id: string): Promise<Mailbox> {
  const [mailbox] = await tx.select().from(mailboxes).where(ofAccount(accountId, id)).for("update");
  if (!mailbox) throw new NotFound();
  return mailbox;
}

/** Who sees a mailbox's page: on the account, or, for the last two, on this mailbox. */
export const viewers = ["mailboxes.view", "mailboxes.edit", "users.edit", "mailbox.manage", "members.grant"] as const;

/** A mailbox for its page: for those who see or edit all of them, and for those who manage or share this one; else 403. */
export async function mailboxOf(actor: Actor, id: string): Promise<Mailbox> {
  const mailbox = await findMailbox(db, actor.accountId, id);
  if (!viewers.some((permission) => can(actor, permission, mailbox.id)))
    throw new Forbidden(t("You may not see who has access to this mailbox."));
  return mailbox;
}

const peopleCount = countedHolders(
  sql`g.account_id = mailboxes.account_id and g.mailbox_id = mailboxes.id`,
  holdersCap.mailbox,
);

/** A page's place: behind or before a mailbox's name and id. */
export interface MailboxPlace {
  way: "next" | "back";
  name: string;
  id: string;
}

/** What is deleted is shown where it is asked for, until it is gone. */
const shownIn = (show: MailboxQuery["show"]) =>
  ({
    active: isNull(mailboxes.archivedAt),
    archived: and(isNotNull(mailboxes.archivedAt), isNull(mailboxes.deletedAt)),
    all: isNull(mailboxes.deletedAt),
    deleted: and(isNotNull(mailboxes.deletedAt), isNull(mailboxes.goneAt)),
  })[show];

/** One page of mailboxes by name: how many people have access to each by a grant of its own (counted up to `holdersCap.mailbox`), how full it is, whether it is reached. */
export async function listMailboxes(
  accountId: string,
  { q, show, kind }: MailboxQuery,
  place?: MailboxPlace,
  size = 50,
) {
  const typed = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const back = place?.way === "back";
  const beyond = back ? lt : gt;
  const found = await db
    .select({ mailbox: mailboxes, people: peopleCount, usage: mailboxUsage, failure: imapSources.failure })
    .from(mailboxes)
    .leftJoin(mailboxUsage, eq(mailboxUsage.mailboxId, mailboxes.id))
    .leftJoin(imapSources, eq(imapSources.mailboxId, mailboxes.id))
    .where(
      and(
        eq(mailboxes.accountId, accountId),
        shownIn(show),
        kind === "all" ? undefined : eq(mailboxes.kind, kind),
        q ? or(ilike(mailboxes.name, typed), ilike(mailboxes.address, typed)) : undefined,
        place && beyond(sql`(${mailboxes.name}, ${mailboxes.id})`, sql`(${place.name}, ${place.id}::uuid)`),
      ),
    )
    .orderBy(...(back ? [desc(mailboxes.name), desc(mailboxes.id)] : [asc(mailboxes.name), asc(mailboxes.id)]))
    .limit(size + 1);

  const more = found.length > size;
  const rows = back ? found.slice(0, size).reverse() : found.slice(0, size);
  const at = (row: (typeof rows)[number] | undefined, way: MailboxPlace["way"]) => row && `${way}:${row.mailbox.id}`;
  return {
    rows,
    previous: (back ? more : place) ? at(rows[0], "back") : undefined,
    next: (back ? true : more) ? at(rows.at(-1), "next") : undefined,
  };
}

/** Reads `next:<mailbox id>` or `back:<mailbox id>`; anything else is the first page. */
export async function placeOf(accountId: string, text: unknown): Promise<MailboxPlace | undefined> {
  const [way, id] = typeof text === "string" ? text.split(":") : [];
  if ((way !== "next" && way !== "back") || !isUuid(id)) return undefined;
  const [row] = await db
    .select({ name: mailboxes.name, id: mailboxes.id })
    .from(mailboxes)
    .where(and(eq(mailboxes.accountId, accountId), eq(mailboxes.id, id)));
  return row && { way, ...row };
}

/** How many mailboxes the account has, by whether they are archived. */
export async function countMailboxes(accountId: string): Promise<{ active: number; archived: number }> {
  const [row] = await db
    .select({
      active: count(sql`case when ${mailboxes.archivedAt} is null then 1 end`),
      archived: count(sql`case when ${mailboxes.deletedAt} is null then ${mailboxes.archivedAt} end`),
    })
    .from(mailboxes)
    .where(eq(mailboxes.accountId, accountId));
  return row!;
}

/** Who has access by a grant on this mailbox: how many, and the first `size` by name, each with their grants. */
export async function membersOf(accountId: string, mailboxId: string, size = 100) {
  const rows = await db.execute<Record<string, unknown> & MailboxMember & { total: number }>(sql`
    with held as materialized (
      select distinct m.id, m.sort_name from grants g
      join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = any(${sql.param(living)}::text[])
      where g.account_id = ${accountId} and g.mailbox_id = ${mailboxId} and ${grantCounts()}
    )
    select (select count(*)::int from held) as total, m.id,
      coalesce(nullif(btrim(m.first_name || ' ' || m.last_name), ''), m.email) as name, m.email, m.status,
      json_agg(json_build_object('id', g.id, 'systemRole', g.system_role, 'roleId', g.role_id, 'roleName', r.name,
        'permission', g.permission, 'since', g.granted_at,
        'by', coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), u.email, '')) order by g.granted_at, g.id) as grants
    from (select id from held order by sort_name, id limit ${size}) first
    join members m on m.account_id = ${accountId} and m.id = first.id
    join grants g on g.mailbox_id = ${mailboxId} and g.member_id = m.id and ${grantCounts()}
    left join roles r on r.account_id = g.account_id and r.id = g.role_id
    left join users u on u.id = g.granted_by
    group by m.id order by m.sort_name, m.id`);
  return { total: rows[0]?.total ?? 0, people: [...rows] };
}

export interface MailboxMember {
  id: string;
  name: string;
  email: string;
  status: MemberStatus;
  grants: {
    id: string;
    systemRole: string | null;
    roleId: string | null;
    roleName: string | null;
    permission: string | null;
    since: string;
    by: string;
  }[];
}

/** Whether who holds a role on the account has a right on each of its mailboxes by it. */
export const countsOnEvery = ({ level, permissions }: Role) =>
  level === "account" && permissions.some((key) => mailboxPermissionKeys.includes(key));

/** What a grant lets somebody do: nobody ends what they do not hold (D9). */
export function contentsOf(
  { systemRole, roleId, permission }: MailboxMember["grants"][number],
  roles: Role[],
): readonly string[] {
  if (permission) return [permission];
  return roles.find((role) => role.id === (systemRole ?? roleId))?.permissions ?? [];
}
