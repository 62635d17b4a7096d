import { sql } from "drizzle-orm";
import { grantCounts, memberCounts } from "../access/counts.ts";
import { db } from "../db/client.ts";
import type { Domain } from "../domains/queries.ts";
import { csvHead, csvLine } from "../http/csv.ts";
import { t } from "../i18n/t.ts";
import { clashes } from "../mail-addresses/delivered.ts";
import { type Category, categoryIn } from "./assign-batch.ts";

interface Row extends Record<string, unknown> {
  id: string;
  email: string;
  category: Category;
  accounts: string | null;
  owner_of: string | null;
  invitation: string | null;
  clash: boolean;
}

/** Few enough that the rows of one are hardly noticed in memory. */
const chunk = 500;

/**
 * The plan as a list, person by person, as lines of CSV: read in chunks by id and given on as they come, so its memory does
 * not grow with it. Of those who are not taken in it says why, and nothing else about them.
 */
export async function* planLines(domain: Domain): AsyncGenerator<string> {
  let text = csvHead([
    t("E-mail address"),
    t("What happens"),
    t("Accounts now"),
    t("Only Owner of"),
    t("Invitation to this account"),
    t("Corporate elsewhere"),
    t("Address not proven"),
    t("Mailbox address taken"),
  ]);
  const words = wordsNow();
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const rows = await rowsAfter(domain, after);
    for (const row of rows) text += csvLine(cellsOf(row, words));
    const more = rows.length === chunk;
    after = rows.at(-1)?.id ?? after;
    // Given up by hand: a query that is over, and was old when memory was last cleared, still leads to the next one's rows.
    rows.length = 0;
    yield text;
    text = "";
    if (!more) return;
  }
}

/** In the reader's language, what the list says again and again. */
const wordsNow = () => ({
  yes: t("Yes"),
  no: t("No"),
  draft: t("Draft, not sent"),
  invited: t("Invited"),
  /** What becomes of somebody. */
  happens: {
    taken: t("Is taken in"),
    here: t("Is a corporate user here already"),
    elsewhere: t("Skipped: corporate user of another account"),
    unproven: t("Skipped: the address is not proven"),
    disabled: t("Skipped: the profile is disabled"),
  } satisfies Record<Category, string>,
});

function cellsOf(row: Row, words: ReturnType<typeof wordsNow>): string[] {
  const yes = (is: boolean) => (is ? words.yes : words.no);
  return [
    row.email,
    words.happens[row.category],
    row.accounts ?? "",
    row.owner_of ?? "",
    row.invitation === "draft" ? words.draft : row.invitation ? words.invited : "",
    yes(row.category === "elsewhere"),
    yes(row.category === "unproven"),
    yes(row.clash),
  ];
}

const rowsAfter = async ({ accountId, name }: Domain, after: string): Promise<Row[]> =>
  (await db.execute(sql`
    with people as materialized (
      select u.id, u.email, ${categoryIn(accountId)} as category from users u
      where split_part(u.email, '@', 2) = ${name} and u.id > ${after} order by u.id limit ${chunk}
    )
    select p.*, places.accounts, places.owner_of,
      (select m.status from members m where p.category = 'taken' and m.account_id = ${accountId} and m.email = p.email
        and m.status in ('invited', 'draft') limit 1) as invitation,
      p.category = 'taken' and exists (
        select 1 from accounts a where a.id = ${accountId} and a.personal_mailboxes
          and ${clashes(sql`a.id`, { id: sql`p.id`, email: sql`p.email` })}) as clash
    from people p
    left join lateral (
      select string_agg(a.name, '; ' order by a.name) as accounts,
        string_agg(a.name, '; ' order by a.name) filter (where owner.sole) as owner_of
      from members m join accounts a on a.id = m.account_id and a.deleted_at is null
      left join lateral (
        select true as sole from grants g
        where g.member_id = m.id and g.system_role = 'owner' and g.mailbox_id is null and ${grantCounts()}
          and ${memberCounts()} and not exists (
            select 1 from grants og join members om on om.id = og.member_id and ${memberCounts("om")}
            where og.account_id = m.account_id and og.system_role = 'owner' and og.mailbox_id is null
              and ${grantCounts("og")} and og.member_id <> m.id)
      ) owner on true
      where p.category = 'taken' and m.user_id = p.id and m.account_id <> ${accountId}
        and m.status in ('active', 'blocked', 'waiting')
    ) places on true
    order by p.id`)) as unknown as Row[];
