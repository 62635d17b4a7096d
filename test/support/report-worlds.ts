import { sql } from "drizzle-orm";
import fc from "fast-check";
import { type Level, permissionsAt, systemRoleKeys, systemRoles } from "../../src/access/permissions.ts";
import { db } from "../../src/db/client.ts";
import { grants, memberStatuses, members, roles, users } from "../../src/db/schema.ts";
import { admin } from "./browser.ts";
import { create, type Mailbox } from "./world.ts";

/** Words that a spreadsheet, a list or a comparison could take for something else. Some could not come through a form. */
export const oddWords = [
  ...["=1+1", "+49 30", "-Ana", "@home", "\t=1", "＝1", "'quoted", 'Say "hi"', "O'Neil", "Smith, Jr.", "<b>&amp;</b>"],
  ...["Zoë", "Zoe\u0308", "ZOË", "山田太郎", "🙂", "עברית", "İstanbul", "ΟΔΟΣ", "οδος", "straße", "STRASSE", "ﬁn", "Ⅳ"],
  ...[
    "Ana ",
    " Bo",
    "\u00a0Cy",
    "全角\u3000",
    "two  blanks",
    "_x0041_",
    "_x000D_",
    "_x005F_",
    "N",
    "TRUE",
    "1e5",
    "007",
  ],
  ...["null", "2026-01-01", "users.view", "viewer", "Owner", "Mailbox reader ", "Email", "Press", "press", "PRESS "],
];
const long = (most: number) => fc.constantFrom("x".repeat(most), "山".repeat(most), `${"y".repeat(most - 1)}🙂`);
const line = (most: number) =>
  fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((text) => text.trim() !== "" && text.length <= most);
const word = (most: number) =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...oddWords) }, { weight: 2, arbitrary: line(most) }, long(most));

/** What is held: `nth` of the roles or permissions that there are at that place, counted round. */
export const thing = fc.record({ kind: fc.constantFrom("system", "role", "role", "permission"), nth: fc.nat(60) });
const sometimes = fc.constantFrom(false, false, false, true);
const place = fc.integer({ min: -2, max: 5 });
const boxName = fc.oneof(
  word(100),
  fc.constantFrom(
    "Users",
    "Account",
    "History",
    "Read me",
    "Roles",
    "'",
    "???",
    "Sales: [EU] / 2026? A very long name",
  ),
  fc.constantFrom(
    "a".repeat(40),
    `${"a".repeat(31)}b`,
    `${"a".repeat(30)}🙂🙂`,
    "A".repeat(35),
    "info (2)",
    "info",
    "Info",
  ),
);

/** An account as it may have become: everything that a report has to say and an import to understand again. */
export const world = fc.record({
  name: word(100),
  roles: fc.array(
    fc.record({
      level: fc.constantFrom<Level[]>("account", "mailbox"),
      /** A number: the id of that role as a name. */
      name: fc.oneof({ weight: 9, arbitrary: word(60) }, { weight: 1, arbitrary: fc.nat(3) }),
      ended: sometimes,
    }),
    { maxLength: 10 },
  ),
  mailboxes: fc.array(
    fc.record({ name: boxName, kind: fc.constantFrom("shared", "shared", "shared", "personal", "archived") }),
    { maxLength: 6 },
  ),
  people: fc.array(
    fc.record({
      first: fc.oneof(word(100), fc.constant("")),
      last: fc.oneof(word(100), fc.constant("")),
      local: fc.constantFrom("p", "=p", "+p", "-p", "'p", "o'neil", "#ref!"),
      status: fc.constantFrom(...memberStatuses),
      corporate: fc.boolean(),
      /** Whether somebody without a place yet is registered all the same, under a name of their own. */
      known: fc.boolean(),
      grants: fc.array(fc.record({ place, thing, ended: sometimes }), { maxLength: 6 }),
    }),
    { minLength: 1, maxLength: 9 },
  ),
  personal: fc.boolean(),
});
export type World = typeof world extends fc.Arbitrary<infer T> ? T : never;
export type Thing = World["people"][number]["grants"][number]["thing"];

export interface RoleThere {
  id: string;
  level: Level;
  name: string;
}

/** What can be given at a level, in a fixed order. */
export function offersAt(level: Level, own: RoleThere[]) {
  return {
    system: systemRoleKeys.filter((key) => systemRoles[key].level === level) as string[],
    role: own.filter((role) => role.level === level).map(({ id }) => id),
    permission: permissionsAt(level) as string[],
  };
}
/** The key of a grant that a thing stands for; undefined where there is no such role. */
export function keyOf({ kind, nth }: Thing, level: Level, own: RoleThere[]): string | undefined {
  const offered = offersAt(level, own)[kind as "role"];
  return offered[nth % offered.length];
}

let counter = 0;

/** Makes it, with an owner signed in and an active domain. */
export async function build(wanted: World) {
  const visitor = await admin("owner");
  const { account } = visitor;
  const domain = `world${++counter}.example`;
  const now = new Date();
  await db.execute(sql`update accounts set name = ${wanted.name} where id = ${account.id}`);
  await create.domain(account, { name: domain, status: "active", verifiedAt: now, activatedAt: now });

  const ids = wanted.roles.map(() => crypto.randomUUID() as string);
  const there: (RoleThere & { ended: boolean })[] = [];
  for (const [n, { level, name, ended }] of wanted.roles.entries()) {
    const called = typeof name === "number" ? (ids[name] ?? `Number ${name}`) : name;
    const role = { id: ids[n]!, level, name: called, endedAt: ended ? now : null };
    const [made] = await db
      .insert(roles)
      .values({ accountId: account.id, ...role })
      .onConflictDoNothing()
      .returning();
    if (made) there.push({ id: made.id, level, name: called, ended });
  }
  const boxes: Mailbox[] = [];
  for (const { name, kind } of wanted.mailboxes) {
    const owner = kind === "personal" ? await create.user() : undefined;
    boxes.push(
      await create.mailbox(account, { name, personalUserId: owner?.id, archivedAt: kind === "archived" ? now : null }),
    );
  }
  for (const [n, person] of wanted.people.entries()) await join(n, person);

  async function join(n: number, person: World["people"][number]) {
    const { first, last, status } = person;
    const unplaced = ["draft", "invited", "declined", "revoked", "expired"].includes(status);
    const corporate = person.corporate && !unplaced;
    const email = `${person.local}${n}.${counter}@${corporate ? domain : "elsewhere.test"}`;
    // A profile always has a first name; a draft may have none.
    const names = { firstName: first || (unplaced ? "" : "Nobody"), lastName: last };
    const profile = unplaced ? { firstName: "Known", lastName: "Elsewhere" } : names;
    const belongs = { corporateAccountId: corporate ? account.id : null, corporateSince: corporate ? now : null };
    const values = { email, ...profile, emailProvenAt: now, ...belongs };
    const [user] = unplaced && !person.known ? [] : await db.insert(users).values(values).returning();
    const placed = { accountId: account.id, userId: unplaced ? null : user!.id, email, ...names, status, corporate };
    const [member] = await db.insert(members).values(placed).returning();
    for (const { place: nth, thing: what, ended } of person.grants) {
      const box = nth < 0 || boxes.length === 0 ? undefined : boxes[nth % boxes.length];
      const level = box ? "mailbox" : "account";
      // A role that was deleted stays with those who were invited with it, until they accept.
      const own = there.filter((role) => !role.ended || status === "invited");
      const key = keyOf(what, level, own);
      if (!key) continue;
      const column = what.kind === "system" ? "systemRole" : what.kind === "role" ? "roleId" : "permission";
      await db
        .insert(grants)
        .values({
          ...{ accountId: account.id, memberId: member!.id, mailboxId: box?.id, source: "direct", [column]: key },
          endedAt: ended ? now : null,
        })
        .onConflictDoNothing();
    }
  }
  return { ...visitor, domain, own: there.filter(({ ended }) => !ended) as RoleThere[], boxes };
}

export interface Standing extends Record<string, unknown> {
  email: string;
  status: string;
  managed: boolean;
  first: string;
  last: string;
  /** Of everything that is known of them but what they hold. */
  hash: string;
  held: { id: string; at: string; key: string; role: string | null; gone: boolean }[];
}

/** Everybody's place in the account with what they hold: at "" the account, else a mailbox. */
export async function standingIn(accountId: string): Promise<Map<string, Standing>> {
  const rows = await db.execute<Standing>(sql`
    select m.email, m.status, coalesce(u.corporate_account_id = m.account_id, false) as managed,
      coalesce(u.first_name, m.first_name) as first, coalesce(u.last_name, m.last_name) as last,
      md5(m::text || coalesce(u::text, '')) as hash,
      coalesce((select json_agg(json_build_object('id', g.id, 'at', coalesce(g.mailbox_id::text, ''), 'role', r.name,
          'key', coalesce(g.system_role, g.role_id::text, g.permission), 'gone', r.ended_at is not null) order by g.id)
        from grants g left join roles r on r.id = g.role_id
        where g.member_id = m.id and g.ended_at is null), '[]') as held
    from members m left join users u on u.id = m.user_id where m.account_id = ${accountId} order by m.email`);
  return new Map(rows.map((row) => [row.email, row]));
}
