import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { grantCounts } from "../access/counts.ts";
import { permissions, systemRoles } from "../access/permissions.ts";
import type { Reader } from "../db/client.ts";
import { grants, mailboxes, roles } from "../db/schema.ts";
import { called, type Giving } from "../grants/giving.ts";
import { t } from "../i18n/t.ts";

/** A role or permission; `called` says it in the reader's language. */
export type Title = Pick<Giving, "title" | "roleId">;

/** What somebody is offered, or holds, place by place: the account first (`mailbox` null), then the mailboxes. */
export type Offer = { mailbox: string | null; rights: Title[] }[];

/** These rights, gathered by place; their order stays. */
export function offerOf(givings: Pick<Giving, "mailboxName" | "title" | "roleId">[]): Offer {
  const places = new Map<string | null, Title[]>();
  for (const { mailboxName, title, roleId } of givings) {
    places.set(mailboxName, [...(places.get(mailboxName) ?? []), { title, roleId }]);
  }
  return [...places].map(([mailbox, rights]) => ({ mailbox, rights }));
}

/**
 * The offers of these members, whatever account they are of, in one query: for pages that list invitations. A role that
 * was deleted meanwhile is left out: nobody gets it any more (T7).
 */
export async function offersFor(reader: Reader, memberIds: string[]): Promise<Map<string, Offer>> {
  if (memberIds.length === 0) return new Map();
  const rows = await reader
    .select({ grant: grants, roleName: roles.name, mailboxName: mailboxes.name })
    .from(grants)
    .leftJoin(roles, eq(roles.id, grants.roleId))
    .leftJoin(mailboxes, eq(mailboxes.id, grants.mailboxId))
    .where(and(inArray(grants.memberId, memberIds), grantCounts("grants"), isNull(roles.endedAt)))
    .orderBy(sql`${mailboxes.name} nulls first`, grants.grantedAt, grants.id);
  const givings = Map.groupBy(rows, ({ grant }) => grant.memberId);
  return new Map([...givings].map(([memberId, held]) => [memberId, offerOf(held.map(inShort))]));
}

interface Row {
  grant: typeof grants.$inferSelect;
  roleName: string | null;
  mailboxName: string | null;
}

const inShort = ({ grant, roleName, mailboxName }: Row) => ({
  mailboxName,
  roleId: grant.roleId ?? undefined,
  title:
    roleName ??
    (grant.systemRole
      ? systemRoles[grant.systemRole].title
      : grant.permission
        ? permissions[grant.permission].title
        : ""),
});

/** An offer as name and value pairs in the reader's language: ["Account", "Viewer, Press desk"], ["Mailbox Press", …]. */
export const offerLines = (offer: Offer): [string, string][] =>
  offer.map(({ mailbox, rights }) => [
    mailbox === null ? t("Account") : t("Mailbox {name}", { name: mailbox }),
    rights.map(called).join(", "),
  ]);
