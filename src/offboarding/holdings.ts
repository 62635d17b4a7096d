import { sql } from "drizzle-orm";
import { type Permission, systemRoleKeys, systemRoles } from "../access/permissions.ts";
import { managedUser } from "../corporate/queries.ts";
import type { Reader } from "../db/client.ts";
import { isOwner } from "../members/last-owner.ts";
import type { Member } from "../members/queries.ts";

/** So many mailboxes one offboarding settles at most, in its one transaction. */
export const mostMailboxes = 300;

/** A mailbox that the leaver holds something on, or that is their own. */
export interface HeldMailbox extends Record<string, unknown> {
  id: string;
  name: string;
  address: string;
  /** Their own personal mailbox. */
  personal: boolean;
  /** Nobody else has it managed, or read, by a grant of its own. */
  onlyManager: boolean;
  onlyReader: boolean;
}

/** Whether somebody must decide what becomes of it: afterwards nobody would look after it. */
export const mustDecide = ({ personal, onlyManager, onlyReader }: HeldMailbox): boolean =>
  personal || onlyManager || onlyReader;

/** The statement's words for "this grant, called `g`, gives the permission". */
const gives = (permission: Permission) => {
  const holding = systemRoleKeys.filter((key) =>
    (systemRoles[key].permissions as readonly Permission[]).includes(permission),
  );
  return sql`(g.permission = ${permission} or g.system_role = any(${sql.param(holding)}::text[]) or exists (
    select from roles r join role_permissions rp on rp.role_id = r.id and rp.ended_at is null
    where r.id = g.role_id and r.ended_at is null and rp.permission = ${permission}))`;
};

const counting = sql`g.ended_at is null and (g.ends_at is null or g.ends_at > now())`;

/**
 * The mailboxes in use that a member would leave behind, those that need a decision first. What others hold through a role on
 * the account does not count: whoever may open every mailbox does not look after each.
 */
export async function heldMailboxes(reader: Reader, member: Member): Promise<HeldMailbox[]> {
  const { accountId, id, userId } = member;
  const mine = (permission: Permission) => sql`exists (select from grants g
    where g.account_id = ${accountId} and g.member_id = ${id} and g.mailbox_id = b.id and ${counting} and ${gives(permission)})`;
  const others = (permission: Permission) => sql`exists (select from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = 'active'
      and (m.guest_until is null or m.guest_until > now())
    join users u on u.id = m.user_id and u.disabled_at is null
    where g.account_id = ${accountId} and g.mailbox_id = b.id and g.member_id <> ${id} and ${counting} and ${gives(permission)})`;
  const rows = await reader.execute<HeldMailbox>(sql`
    select * from (
      select b.id, b.name, b.address, coalesce(b.personal_user_id = ${userId}::uuid, false) as personal,
        ${mine("mailbox.manage")} and not ${others("mailbox.manage")} as "onlyManager",
        ${mine("messages.read")} and not ${others("messages.read")} as "onlyReader"
      from mailboxes b
      where b.account_id = ${accountId} and b.archived_at is null and (b.personal_user_id = ${userId}::uuid
        or b.id in (select g.mailbox_id from grants g where g.account_id = ${accountId} and g.member_id = ${id} and ${counting}))
    ) held
    order by personal desc, ("onlyManager" or "onlyReader") desc, name, id limit ${mostMailboxes + 1}`);
  return [...rows];
}

/** What a member holds besides mailboxes: what ends with them, how many of each. */
export interface Standing extends Record<string, unknown> {
  /** Of a user whose profile this account manages: wherever they are signed in. */
  sessions: number;
  clients: number;
  tokens: number;
  passwords: number;
  invitations: number;
  imports: number;
  reports: number;
}

/** What else ends: sign-ins of a profile that the account manages, programs, passwords, and what waits in their name. */
export async function standingOf(reader: Reader, { accountId, userId }: Member): Promise<Standing> {
  const [row] = await reader.execute<Standing>(sql`
    select
      (select count(*)::int from sessions s join users u on u.id = s.user_id and u.corporate_account_id = ${accountId}
        where s.user_id = ${userId}::uuid and s.expire > now()) as sessions,
      (select count(*)::int from api_clients c
        where c.account_id = ${accountId} and c.created_by = ${userId}::uuid and c.ended_at is null) as clients,
      (select count(*)::int from api_tokens t join api_clients c on c.account_id = t.account_id and c.id = t.client_id
        where t.account_id = ${accountId} and c.created_by = ${userId}::uuid and t.ended_at is null and t.expires_at > now()) as tokens,
      (select count(*)::int from mailbox_passwords p where p.account_id = ${accountId} and p.ended_at is null
        and (p.user_id = ${userId}::uuid or p.created_by = ${userId}::uuid)) as passwords,
      (select count(*)::int from members m where m.account_id = ${accountId} and m.invited_by = ${userId}::uuid
        and m.status in ('draft', 'invited')) as invitations,
      (select count(*)::int from imports i where i.account_id = ${accountId}
        and coalesce(i.started_by, i.uploaded_by) = ${userId}::uuid
        and i.status in ('queued', 'checking', 'checked', 'running')) as imports,
      (select count(*)::int from reports r where r.account_id = ${accountId} and r.ordered_by = ${userId}::uuid
        and r.status in ('queued', 'running')) as reports`);
  return row!;
}

/** Whether the account would be without an Owner: they are one, active, and nobody else is who can sign in. */
export async function isLastOwner(reader: Reader, member: Member): Promise<boolean> {
  if (member.status !== "active" || !(await isOwner(reader, member.accountId, member.id))) return false;
  const [other] = await reader.execute(sql`
    select 1 from grants g
    join members m on m.account_id = g.account_id and m.id = g.member_id and m.status = 'active' and m.id <> ${member.id}
    join users u on u.id = m.user_id and u.disabled_at is null
    where g.account_id = ${member.accountId} and g.system_role = 'owner' and g.mailbox_id is null and ${counting} limit 1`);
  return !other;
}

/** All that an offboarding has to settle. */
export async function holdingsOf(reader: Reader, member: Member) {
  const mailboxes = await heldMailboxes(reader, member);
  return {
    mailboxes: mailboxes.slice(0, mostMailboxes),
    /** More than one offboarding settles: the rest, which nobody need decide about, simply ends. */
    more: mailboxes.length > mostMailboxes,
    undecidable: mailboxes.length > mostMailboxes && mustDecide(mailboxes[mostMailboxes]!),
    standing: await standingOf(reader, member),
    lastOwner: await isLastOwner(reader, member),
    managed: Boolean(await managedUser(reader, member)),
  };
}

export type Holdings = Awaited<ReturnType<typeof holdingsOf>>;
