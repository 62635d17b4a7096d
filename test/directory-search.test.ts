import { sql } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { admin, type Browser } from "./support/browser.ts";
import { type Account, create } from "./support/world.ts";

const listed = (html: string) => [...html.matchAll(/name="members" value="([0-9a-f-]{36})"/g)].map(([, id]) => id!);
const found = (html: string) => /([\d,]+\+?) found/.exec(html)?.[1];
const nextOf = (html: string) =>
  html.replaceAll("&amp;", "&").match(/id="page-after"[^>]*? href="([^"]+)"/)?.[1] as string;

/** In an account so large that the ways of a search differ: gathered by the index, or met on a walk along the list. */
describe("searching 24,000 members", () => {
  let browser: Browser;
  let account: Account;

  beforeAll(async () => {
    ({ browser, account } = await admin("owner"));
    // Zenobias are old: a walk from the top does not meet them soon.
    for (const [from, to] of [
      [1, 8000],
      [8001, 16000],
      [16001, 24000],
    ]) {
      await db.execute(sql`
        insert into members (account_id, email, first_name, last_name, status, created_at)
        select ${account.id}, 'person' || n || '@corp' || case when n % 10 < 3 then 0 else n % 10 end || '.test',
          case when n * 7919 % 24000 < 8000 then 'Zenobia' else 'Ada' end,
          case when n % 5 = 0 then 'Okafor' else 'Brandt' end || case when n % 1000 = 7 then ' Achterberg' else '' end,
          'active', timestamptz '2025-01-01' + (n * 7919 % 24000) * interval '1 minute'
        from generate_series(${from}::int, ${to}::int) n`);
    }
    for (const [firstName, email] of [
      ["ΟΔΥΣΣΕΑΣ", "a.b@x.test"],
      ["王 小明明", "o'neil+tag@y.test"],
      ["İpek", "i.p@z.test"],
    ] as const) {
      await create.member(account, null, { firstName, lastName: "", email });
    }
    await db.execute(sql`analyze members`);
  });

  const search = async (q: string) =>
    (await browser.get(`/admin/users?${new URLSearchParams({ q })}`).expect(200)).text;
  const expected = async (q: string, limit = 25) => {
    const rows = await db.execute(sql`select id from members where account_id = ${account.id}
      and haystack like lower(${`%${q}%`}) order by created_at desc, id desc limit ${limit}`);
    return (rows as unknown as { id: string }[]).map(({ id }) => id);
  };

  test.each([
    "person12341@corp0.test",
    "ERSON1234",
    "n777",
    "7@corp",
    "achterberg",
    "okafor",
    "corp",
    "Zenobia Okafor",
    "zenobia",
    "σσεα",
    "ΟΔΥΣΣΕΑΣ",
    "小明明",
    "王 小",
    "İpek",
    "a.b@x",
    "o'neil+tag",
    "@y.",
    "+ta",
    "nobody at all",
  ])("finds %s wherever it stands in a name or an address", async (q) => {
    expect(listed(await search(q))).toEqual(await expected(q));
  });

  test("finds words in any order, each wherever it stands", async () => {
    expect(listed(await search("rson12341 fornothing"))).toEqual([]);
    expect(listed(await search("corp0 rson12341 test"))).toEqual(await expected("person12341@corp0"));
  });

  test("counts what is rare, and says more than … of what is everywhere, the same on every page", async () => {
    expect(found(await search("achterberg"))).toBe("24");
    expect(found(await search("corp"))).toBe("1,000+");
    expect(found(await search("okafor"))).toBe("500+");
    const first = await search("@corp0");
    expect(found(first)).toBe("800+");
    const second = (await browser.get(nextOf(first)).expect(200)).text;
    expect(found(second)).toBe("800+");
    expect(listed(second)).toEqual((await expected("@corp0", 50)).slice(25));
  });

  test("counts from the top, wherever the page is", async () => {
    const all = await expected("brandt", 100_000);
    const deep = await db.execute(sql`select created_at from members where id = ${all.at(-40)!}`);
    const at = (deep as unknown as { created_at: Date | string }[])[0]!.created_at;
    const cursor = JSON.stringify(["created", new Date(at).getTime(), all.at(-40), 50]);
    const after = Buffer.from(cursor).toString("base64url");
    const page = (await browser.get(`/admin/users?q=brandt&after=${after}`).expect(200)).text;
    expect(listed(page)).toEqual(all.slice(-39, -14));
    expect(found(page)).toBe("1,000+");
  });
});
