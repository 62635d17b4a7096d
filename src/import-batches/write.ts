import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import type { Tx } from "../db/client.ts";
import { later } from "../db/later.ts";
import type { Decision } from "./decide.ts";
import type { Import } from "./step.ts";

const columnOf = <T>(all: T[], of: (each: T) => unknown) => sql.param(all.map((each) => of(each) ?? null));

/** Ends what the members of a batch lose, and raises their version (T56). Grants end, they are never deleted (X3). */
export function endHeld(tx: Tx, actor: Actor, changed: Decision[]): void {
  const ended = changed.flatMap(({ ends }) => ends.map(({ id }) => id));
  if (ended.length > 0) {
    later(tx, (tx) =>
      tx.execute(sql`
        update grants set ended_at = now(), ended_by = ${actor.userId}::uuid, end_reason = 'import'
        where account_id = ${actor.accountId} and ended_at is null and id = any(${sql.param(ended)}::uuid[])`),
    );
  }
  later(tx, (tx) =>
    tx.execute(sql`
      update members set version = version + 1
      where account_id = ${actor.accountId} and id = any(${columnOf(changed, ({ member }) => member.id)}::uuid[])`),
  );
}

/** Gives what they get; the import is the source. */
export function startAsked(tx: Tx, run: Import, actor: Actor, changed: Decision[]): void {
  const all = changed.flatMap(({ member, starts }) => starts.map((thing) => ({ ...thing, memberId: member.id })));
  if (all.length === 0) return;
  later(tx, (tx) =>
    tx.execute(sql`
      insert into grants (account_id, member_id, mailbox_id, system_role, role_id, permission, source, source_id, granted_by)
      select ${run.accountId}::uuid, s.member_id, s.mailbox_id, s.system_role, s.role_id, s.permission, 'import', ${run.id}::text,
        ${actor.userId}::uuid
      from unnest(${columnOf(all, ({ memberId }) => memberId)}::uuid[], ${columnOf(all, ({ mailboxId }) => mailboxId)}::uuid[],
        ${columnOf(all, ({ systemRole }) => systemRole)}::text[], ${columnOf(all, ({ roleId }) => roleId)}::uuid[],
        ${columnOf(all, ({ permission }) => permission)}::text[])
        s (member_id, mailbox_id, system_role, role_id, permission)
      on conflict do nothing`),
  );
}

/** New names of people whose profile the account manages; they go to their place in every account too. */
export function renamePeople(tx: Tx, renamed: Decision[]): void {
  const named = sql`unnest(${columnOf(renamed, ({ member }) => member.userId)}::uuid[],
    ${columnOf(renamed, ({ names }) => names?.firstName)}::text[],
    ${columnOf(renamed, ({ names }) => names?.lastName)}::text[]) n (user_id, first_name, last_name)`;
  later(tx, (tx) =>
    tx.execute(sql`
      update users u set first_name = n.first_name, last_name = n.last_name, version = u.version + 1
      from ${named} where u.id = n.user_id`),
  );
  later(tx, (tx) =>
    tx.execute(sql`
      update members m set first_name = n.first_name, last_name = n.last_name from ${named} where m.user_id = n.user_id`),
  );
}
