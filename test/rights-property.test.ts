import { eq } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadVisitor } from "../src/access/load-actor.ts";
import { mailboxPermissionKeys, type Permission, type SystemRole, systemRoles } from "../src/access/permissions.ts";
import { db } from "../src/db/client.ts";
import { grants } from "../src/db/schema.ts";
import { owner } from "./support/browser.ts";
import { create, grantsOf, type Role } from "./support/world.ts";

/** What an administrator may do on the page, in any order. */
type Step =
  | { kind: "roles"; box: boolean; picks: number[] }
  | { kind: "apply"; box: boolean; picks: number[] }
  | { kind: "end" | "undo"; pick: number }
  | { kind: "save" | "cancel" };

const picks = fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("roles" as const), box: fc.boolean(), picks }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("apply" as const),
      box: fc.boolean(),
      picks: fc.uniqueArray(fc.nat(3), { maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("end" as const, "undo" as const), pick: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("save" as const, "cancel" as const) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "save" as const }) },
);

const singles: Record<"account" | "mailbox", Permission[]> = {
  account: ["users.view", "domains.verify", "messages.read", "roles.edit"],
  mailbox: ["messages.read", "messages.send", "folders.manage", "members.grant"],
};

type Row = typeof grants.$inferSelect;
const withoutEnd = ({ endedAt: _at, endedBy: _by, endReason: _reason, ...row }: Row) => row;

test("D11, X3 whatever is added, applied, removed, saved and dropped: rights = roles ∪ singles, and no grant is ever deleted or changed but for its end", async () => {
  const { account, browser } = await owner();
  const box = await create.mailbox(account);
  const custom: Record<"account" | "mailbox", Role> = {
    account: await create.role(account, "account", "Desk", ["messages.send", "users.view"]),
    mailbox: await create.role(account, "mailbox", "Answers", ["messages.send"]),
  };
  const contents: Record<string, readonly Permission[]> = {
    [custom.account.id]: ["messages.send", "users.view"],
    [custom.mailbox.id]: ["messages.send"],
  };
  const roleKeys: Record<"account" | "mailbox", string[]> = {
    account: ["viewer", "admin", "owner", custom.account.id],
    mailbox: ["mailbox_reader", "mailbox_editor", "mailbox_owner", custom.mailbox.id],
  };
  const inside = (key: string): readonly Permission[] =>
    contents[key] ?? (key.includes(".") ? [key as Permission] : systemRoles[key as SystemRole].permissions);

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const { user, member } = await create.colleague(account);
      const base = `/admin/users/${member.id}`;
      /** `key@mailbox` as `grantsOf` says it. */
      let saved = new Set<string>();
      let wanted = new Set<string>();
      let earlier: Row[] = [];
      const rowsNow = () => db.select().from(grants).where(eq(grants.memberId, member.id)).orderBy(grants.id);

      for (const each of steps) {
        if (each.kind === "roles" || each.kind === "apply") {
          const level = each.box ? "mailbox" : "account";
          const suffix = each.box ? `@${box.id}` : "";
          const place = each.box ? `${base}/mailboxes/${box.id}` : base;
          const list = each.kind === "roles" ? roleKeys[level] : singles[level];
          const chosen = each.picks.map((n) => list[n]!);
          const field: Record<string, string[]> = each.kind === "roles" ? { role: chosen } : { p: chosen };
          await browser.post(`${place}/${each.kind === "roles" ? "roles" : "permissions"}`, field).expect(303);
          if (each.kind === "apply") {
            const isSingleHere = (name: string) => {
              const [key, at] = name.split("@");
              return key!.includes(".") && (at ?? "") === (each.box ? box.id : "");
            };
            wanted = new Set([...wanted].filter((name) => !isSingleHere(name)));
          }
          for (const key of chosen) wanted.add(key + suffix);
        } else if (each.kind === "end" || each.kind === "undo") {
          const current = (await rowsNow()).filter(({ endedAt }) => !endedAt);
          const row = current[each.pick % Math.max(1, current.length)];
          if (!row) continue;
          const name = `${row.systemRole ?? row.roleId ?? row.permission}${row.mailboxId ? `@${row.mailboxId}` : ""}`;
          await browser.post(`${base}/${each.kind === "end" ? "ending" : "undo"}`, { line: row.id }).expect(303);
          if (each.kind === "end") wanted.delete(name);
          else wanted.add(name);
        } else if (each.kind === "save") {
          await browser.post(`${base}/rights`).expect(303);
          saved = new Set(wanted);
        } else {
          await browser.post(`${base}/cancellation`).expect(303);
          wanted = new Set(saved);
        }

        expect(await grantsOf(member.id)).toEqual([...saved].sort());

        const rows = await rowsNow();
        for (const old of earlier) {
          const now = rows.find(({ id }) => id === old.id);
          if (old.endedAt) expect(now).toEqual(old);
          else expect(now && withoutEnd(now)).toEqual(withoutEnd(old));
        }
        earlier = rows;

        const visitor = (await loadVisitor(user.id, account.id))!;
        const [onAccount, onBox] = [new Set<Permission>(), new Set<Permission>()];
        for (const name of saved) {
          const [key, at] = name.split("@");
          for (const permission of inside(key!)) (at ? onBox : onAccount).add(permission);
        }
        expect([...visitor.permissions].sort()).toEqual([...onAccount].sort());
        expect([...(visitor.mailboxPermissions.get(box.id) ?? [])].sort()).toEqual([...onBox].sort());
        expect([...onBox].every((permission) => mailboxPermissionKeys.includes(permission))).toBe(true);
      }
    }),
    { numRuns: 20 },
  );
}, 120_000);
