import { config } from "../config.ts";
import type { Tx } from "../db/client.ts";
import { holdRoom } from "../plans/room.ts";
import { changeMembers } from "./change.ts";
import { createPeople } from "./create.ts";
import { assertStillActive, domainsOf, starterOf } from "./standing.ts";
import { advance, type Import, mark, nextPeople, type Outcomes } from "./step.ts";
import { thingsOf } from "./things.ts";

/**
 * Applies the next people of an import, by position: in one short transaction, in statements about all of them, which also
 * moves the import on. So it can be killed anywhere and taken up by anyone, and nobody is applied twice (R1, R3). Returns the
 * import as it stands then.
 */
export async function applyBatch(tx: Tx, run: Import): Promise<Import | "over"> {
  const people = await nextPeople(tx, run, config.PEOPLE_PER_BATCH);
  const last = people.at(-1);
  if (!last) return "over";
  const actor = await starterOf(tx, run);
  const domains = await domainsOf(tx, run);
  const things = await thingsOf(tx, run, actor, people[0]!.position, last.position);
  const those = (action: string) => people.filter((person) => person.action === action);
  if (those("create").length > 0) holdRoom(tx, run.accountId);

  const changed = await changeMembers(tx, run, actor, those("update"), things);
  const created = await createPeople(tx, run, actor, those("create"), things, domains);
  const outcomes: Outcomes = new Map([...changed, ...created]);
  for (const { position } of those("same")) outcomes.set(position, { result: "same" });
  for (const { position } of those("skip")) outcomes.set(position, { result: "skipped" });

  const emails = those("create").filter(({ position }) => outcomes.get(position)?.result === "created");
  await assertStillActive(
    tx,
    run,
    emails.map(({ email }) => email),
  );
  await mark(tx, run, outcomes);
  return advance(tx, run, last.position, outcomes);
}
