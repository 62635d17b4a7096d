import { can, withinScopes } from "../access/actor.ts";
import { actorOf, loadVisitor } from "../access/load-actor.ts";
import { config } from "../config.ts";
import { readFile } from "../files/read.ts";
import { EntryReader } from "../workbook/read-entries.ts";
import { readWorkbook } from "../xlsx/read.ts";
import { Unreadable } from "../xlsx/unreadable.ts";
import { judge, type Said } from "./judge.ts";
import { lookAgain } from "./settle.ts";
import { giveBack, Halt, type Import, refuse, refuseFor, takeUp } from "./take-up.ts";

/**
 * Checks an uploaded workbook, and writes nothing but what it found. It begins anew whenever it is taken up, all its
 * findings appear with one commit, and whoever worked on it before changes nothing any more: so it can be killed anywhere,
 * and run twice at once (R1, R3). What cannot be read never will be: that is said, and not tried again (T82).
 */
export async function checkImport(importId: string, stop?: AbortSignal): Promise<void> {
  const run = await takeUp(importId);
  if (!run) return;
  try {
    await checkFile(run, stop);
  } catch (error) {
    if (stop?.aborted) return giveBack(run);
    if (error instanceof Halt) return;
    if (error instanceof TooMany) return refuseFor(run, "too_many_users", { limit: String(config.IMPORT_ROWS) });
    if (!(error instanceof Unreadable)) throw error;
    await refuse(run, error.code, error.values);
  }
}

/** More rows of users than this installation takes (IMPORT_ROWS): nothing after them is read. */
class TooMany extends Error {}

async function checkFile(run: Import, stop?: AbortSignal): Promise<void> {
  const visitor = await loadVisitor(run.uploadedBy, run.accountId);
  // It begins anew when the account is restored.
  if (visitor?.account?.id === run.accountId && visitor.account.suspended) throw new Halt();
  const maker = visitor?.account?.id === run.accountId ? actorOf(visitor, {}) : undefined;
  const actor = maker && withinScopes(maker, run.scopes);
  if (!actor || !can(actor, "imports.run")) return refuseFor(run, "uploader_gone", {});
  await judge(run, actor, entriesOf(run, stop));
  await lookAgain();
}

/** What stands in the file, as the reader of its sheets understands it. */
async function* entriesOf(run: Import, stop?: AbortSignal): Said {
  if (!run.fileId) throw new Unreadable("empty");
  const reader = new EntryReader(run.accountId);
  let users = 0;
  for await (const events of readWorkbook(readFile(run.fileId), { signal: stop })) {
    const said = events.flatMap((event) => reader.take(event));
    for (const one of said) if ("kind" in one && one.kind === "user") users++;
    if (users > config.IMPORT_ROWS) throw new TooMany();
    yield said;
  }
  yield reader.end();
  return reader.mailboxes;
}
