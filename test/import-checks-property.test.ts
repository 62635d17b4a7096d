import "./support/outbox.ts";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { imports } from "../src/db/schema.ts";
import { checkImport } from "../src/import-checks/check.ts";
import { admin } from "./support/browser.ts";
import { foundBy, uploaded } from "./support/imports.ts";
import type { Wanted } from "./support/workbooks.ts";
import { create } from "./support/world.ts";

const people = 12;
const row = fc.nat(people - 1);

/** A mistake: where it is put, and what the check must say of it, at exactly that cell. */
const mistake = fc.oneof(
  fc.record({ kind: fc.constantFrom("first_name_missing", "last_name_missing", "address_missing"), row }),
  fc.record({ kind: fc.constantFrom("address_malformed", "domain_foreign", "address_in_use"), row }),
  fc.record({ kind: fc.constantFrom("personal_mailbox_value", "name_too_long"), row }),
  fc.record({ kind: fc.constantFrom("role_unknown", "role_wrong_level", "permission_unknown"), row, sheet: fc.nat(2) }),
  fc.record({ kind: fc.constant("right_not_held"), row, sheet: fc.constant(0) }),
);
type Mistake = { kind: string; row: number; sheet?: number };

test("D1 T84 random mistakes in a good file are found at exactly their cells, and nothing else is", async () => {
  const { account, user } = await admin("admin");
  const name = "property.example";
  const now = new Date();
  await create.domain(account, { name, status: "active", verifiedAt: now, activatedAt: now });
  await create.user({ email: `taken@${name}` });
  const boxes = [await create.mailbox(account), await create.mailbox(account)];
  const at = (n: number) => `p${n}@${name}`;

  /** The file with these mistakes, each in a row of its own on its sheet, and where they stand. */
  function spoil(mistakes: Mistake[]) {
    const users = Array.from({ length: people }, (_, n) => ["Ana", `No ${n}`, at(n), n % 2 ? "Y" : "N"] as string[]);
    const rights = [0, 1, 2].map((sheet) =>
      Array.from({ length: people }, (_, n) => [
        at(n),
        sheet ? "Mailbox reader" : "Viewer",
        n % 3 ? "" : "messages.read",
      ]),
    );
    const sheets = ["Account", "Mailbox", "Mailbox (2)"];
    const expected: string[] = [];
    const say = (sheet: string, column: string, n: number, kind: string) =>
      expected.push(`${kind} ${sheet}!${column}${n}`);
    for (const { kind, row: n, sheet } of mistakes) {
      const user = users[n]!;
      const right = rights[sheet ?? 0]![n]!;
      const put = (column: number, value: string) => {
        user[column] = value;
        say("Users", "ABCD"[column]!, n + 2, kind);
      };
      const give = (column: number, value: string) => {
        right[column] = value;
        say(sheets[sheet ?? 0]!, "ABC"[column]!, n + 3, kind);
      };
      if (kind === "first_name_missing") put(0, " ");
      else if (kind === "last_name_missing") put(1, "");
      else if (kind === "address_missing") put(2, "");
      else if (kind === "address_malformed") put(2, `p${n}@@${name}`);
      else if (kind === "domain_foreign") put(2, `p${n}@sub.${name}`);
      else if (kind === "address_in_use") put(2, `taken@${name}`);
      else if (kind === "personal_mailbox_value") put(3, "maybe");
      else if (kind === "name_too_long") put(1, "x".repeat(101));
      else if (kind === "role_unknown") give(1, "Viewer of clouds");
      else if (kind === "role_wrong_level") give(1, sheet ? "Viewer" : "Mailbox reader");
      else if (kind === "permission_unknown") give(2, "users.fly");
      else if (kind === "right_not_held") give(1, "Owner");
      // Whoever is not on Users under their address any more is left out where it stands: a consequence, not a mistake.
      if (kind.startsWith("address") || kind === "domain_foreign") rights.map((list) => (list[n]![0] = user[2]!));
    }
    const book: Wanted = {
      users,
      account: { id: account.id, rows: rights[0]! },
      mailboxes: boxes.map(({ id }, n) => ({ id, rows: rights[n + 1]! })),
    };
    return { book, expected: expected.sort() };
  }

  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(mistake, { maxLength: 5, selector: ({ row: n }) => n }), async (mistakes) => {
      // One person takes the address of somebody else; two of them would be an address twice.
      const inUse = mistakes.filter(({ kind }) => kind === "address_in_use");
      const some = (mistakes as Mistake[]).filter((each) => each.kind !== "address_in_use" || each === inUse[0]);
      const { book, expected } = spoil(some);
      const id = await uploaded(account, user, book);
      await checkImport(id);
      const { run, said } = await foundBy(id);
      const found = said.filter((line) => line.startsWith("file ")).map((line) => line.slice(5));
      expect(found.sort()).toEqual(expected);
      expect(run.status).toBe(expected.length ? "refused" : "checked");
      expect(said.filter((line) => line.startsWith("warning"))).toEqual([]);
      await db.delete(imports).where(eq(imports.id, id));
    }),
    { numRuns: 15 },
  );
}, 120_000);
