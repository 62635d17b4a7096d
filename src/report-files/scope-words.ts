import { sql } from "drizzle-orm";
import type { Actor } from "../access/actor.ts";
import { run } from "../db/client.ts";
import type { ReportScope } from "../db/schema.ts";
import { activePills } from "../directory/pills.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { filtersOf } from "./people.ts";

type Scope = Pick<ReportScope, "filter" | "memberIds">;

/** What a report is of, in words: "Status: Active, Role: Viewer". */
export const scopeWords = async (actor: Actor, scope: Scope): Promise<string> =>
  (await scopePhrases(actor, scope)).join(", ") || t("All users");

/** What narrows a report, one phrase each; none where it is of everybody. */
export async function scopePhrases(actor: Actor, scope: Scope): Promise<string[]> {
  const count = scope.memberIds.length;
  if (count > 0) return [t("{count, plural, one {# selected user} other {# selected users}}", { count })];
  const filters = filtersOf(actor, scope);
  const { role, mailbox, q } = filters;
  const nameOf = async (table: "roles" | "mailboxes", id: string) => {
    if (!isUuid(id)) return null;
    const named = sql`select name from ${sql.raw(table)} where account_id = ${actor.accountId} and id = ${id}::uuid`;
    return (await run<{ name: string }>(named))[0]?.name ?? null;
  };
  const names = { roleName: await nameOf("roles", role), mailboxName: await nameOf("mailboxes", mailbox) };
  const words = activePills(filters, names).map((pill) => pill.words);
  if (q) words.unshift(t("Found by “{words}”", { words: q }));
  return words;
}
