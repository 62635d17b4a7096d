import { type Actor, can } from "../access/actor.ts";
import { db } from "../db/client.ts";
import { NotFound } from "../http/errors.ts";
import { isUuid } from "../http/ids.ts";
import { t } from "../i18n/t.ts";
import { writeCatalogue } from "../workbook/catalogue.ts";
import { mostMailboxSheets, sheetNameFor, sheets, titleOf } from "../workbook/sheets.ts";
import { type Targets, targetsOf } from "../workbook/targets.ts";
import { type Help, openWorkbook } from "../workbook/writer.ts";

/** So many rows are helped with drop-downs: a list over a whole column slows some programs down by seconds. */
const helped = 1_000;

/**
 * What the example of the account holds: sheets for the chosen mailboxes that the actor may give access to, or where none
 * is chosen for all shared ones; 290 at most. One that is not among them is not found.
 */
export async function exampleTargets(actor: Actor, chosen: string[], personal: boolean): Promise<Targets> {
  const everywhere = can(actor, "users.edit") || can(actor, "members.grant");
  if (!everywhere) personal = false;
  const own = [...actor.mailboxPermissions].filter(([, held]) => held.has("members.grant")).map(([id]) => id);
  const wanted = [...new Set(chosen)];
  if (wanted.length > mostMailboxSheets || !wanted.every((id) => isUuid(id) && (everywhere || own.includes(id))))
    throw new NotFound();
  const mailboxIds = wanted.length > 0 ? wanted : everywhere ? "all" : own;
  const targets = await targetsOf(db, actor.accountId, { mailboxIds, personal });
  if (!wanted.every((id) => targets.mailboxes.some((mailbox) => mailbox.id === id))) throw new NotFound();
  return targets;
}

const yesOrNo = (): Help => ({
  notes: [
    t("Needed for everybody who is new."),
    t("Needed for everybody who is new."),
    t(
      "Needed. New people need an address in an active domain of this account. Somebody who is a member already is changed, not created.",
    ),
    t("Y creates a personal mailbox for somebody new. N or nothing does not."),
  ],
  dropDowns: [
    {
      range: `D2:D${helped + 1}`,
      from: ["Y", "N"],
      strict: true,
      hint: t("Y creates a personal mailbox. N or nothing does not."),
    },
  ],
});

/** `onAccount`: else on a mailbox. `from`, `to`: the rows of the sheet Roles that hold the roles of this level. */
const roleHelp = (onAccount: boolean, from: number, to: number): Help => ({
  notes: [
    t("One row for each person, with the address that stands on Users or that a member has."),
    onAccount
      ? t(
          "The roles on the account: ids or names from the sheet Roles, separated by commas. For a member: exactly these; an empty cell takes all away.",
        )
      : t(
          "The roles on this mailbox: ids or names from the sheet Roles, separated by commas. For a member: exactly these; an empty cell takes all away.",
        ),
    onAccount
      ? t(
          "Single permissions on the account: codes from the sheet Permissions, separated by commas. For a member: exactly these; an empty cell takes all away.",
        )
      : t(
          "Single permissions on this mailbox: codes from the sheet Permissions, separated by commas. For a member: exactly these; an empty cell takes all away.",
        ),
  ],
  dropDowns: [
    {
      range: `B3:B${helped + 2}`,
      from: `Roles!$A$${from}:$A$${to}`,
      strict: false,
      hint: t("Choose one, or write several separated by commas."),
    },
  ],
});

/**
 * Writes the example workbook (A56, A59–A67): everything that is needed to fill it in, and nobody to be created. What helps
 * speaks the reader's language; sheets, headers and roles are called the same in every one, for they are read back.
 */
export async function writeExample(targets: Targets, write: (chunk: Uint8Array) => Promise<void>): Promise<void> {
  const book = openWorkbook(write);
  const { account, roles, mailboxes } = targets;
  const ofAccount = roles.filter(({ level }) => level === "account").length;
  await writeCatalogue(book, targets);
  await book.sheet("users", sheets.users.name, undefined, yesOrNo());
  const accountHelp = roleHelp(true, 2, ofAccount + 1);
  await book.sheet("account", sheets.account.name, titleOf(account.name, account.id), accountHelp);
  const mailboxHelp = roleHelp(false, ofAccount + 2, roles.length + 1);
  const taken = new Set<string>();
  for (const { id, name } of mailboxes)
    await book.sheet("mailbox", sheetNameFor(name, taken), titleOf(name, id), mailboxHelp);
  await book.close();
}
