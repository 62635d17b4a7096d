import { deflateSync } from "node:zlib";
import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { accountLogos, events } from "../src/db/schema.ts";
import { readPicture } from "../src/logos/read-picture.ts";
import { admin, Browser, origin, owner } from "./support/browser.ts";
import { mailTo, runJobs } from "./support/outbox.ts";
import { type Account, create } from "./support/world.ts";

let account: Account;
let boss: Browser;

beforeAll(async () => {
  ({ account, browser: boss } = await owner());
});

const chunk = (name: string, data: Buffer) => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  return Buffer.concat([head, Buffer.from(name, "latin1"), data, Buffer.alloc(4)]);
};
/** A PNG of that size, as programs write it (but for the check sums). */
function png(width: number, height: number, ...more: Buffer[]): Buffer {
  const size = Buffer.alloc(13);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  size.set([8, 6, 0, 0, 0], 8);
  const start = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  const pixels = chunk("IDAT", deflateSync(Buffer.alloc(64)));
  return Buffer.concat([start, chunk("IHDR", size), ...more, pixels, chunk("IEND", Buffer.alloc(0))]);
}
const jpeg = (width: number, height: number) =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...Buffer.from("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    Buffer.from([0xff, 0xc0, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0]),
    Buffer.from([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 3, 0xff, 0xd9]),
  ]);

const send = (browser: Browser, bytes: Buffer, name = "logo.png", accountId = browser.accountId) =>
  browser.agent
    .post(`/admin/settings/logo?_account=${accountId}`)
    .redirects(0)
    .set("Origin", origin)
    .attach("logo", bytes, { filename: name, contentType: "image/png" });
const stored = (of: Account = account) => db.select().from(accountLogos).where(eq(accountLogos.accountId, of.id));

describe("the logo of an account", () => {
  test("stands on its pages, is shown to anybody who knows its name, and nothing of it can run", async () => {
    const bytes = png(120, 40);
    await send(boss, bytes).expect(303);
    const [logo] = await stored();
    expect(logo).toMatchObject({ type: "image/png", width: 120, height: 40 });
    const page = await boss.get("/admin/settings/logo").expect(200);
    expect(page.text.match(new RegExp(`src="/logos/${logo!.hash}"`, "g"))).toHaveLength(2);
    const shown = await new Browser().get(`/logos/${logo!.hash}`).expect(200);
    expect(shown.body).toEqual(bytes);
    expect(shown.headers).toMatchObject({
      "content-type": "image/png",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
      "cache-control": "public, max-age=31536000, immutable",
    });
    await new Browser().get(`/logos/${"0".repeat(64)}`).expect(404);

    await send(boss, jpeg(300, 200), "photo.jpg").expect(303);
    const [other] = await stored();
    expect(other).toMatchObject({ type: "image/jpeg", width: 300, height: 200 });
    await new Browser().get(`/logos/${logo!.hash}`).expect(404);
    const said = await db.select().from(events).where(eq(events.accountId, account.id));
    expect(said.map(({ after }) => after).filter(Boolean)).toEqual([
      { logo: "PNG, 120 × 40" },
      { logo: "JPEG, 300 × 200" },
    ]);
  });

  test("goes with the account's mails, attached, and the account's name stands in them", async () => {
    await send(boss, png(64, 32)).expect(303);
    const guest = await create.member(account, null, { status: "draft", email: "guest.logo@elsewhere.test" });
    await boss.post(`/admin/users/${guest.id}/invitation`).expect(303);
    await runJobs();
    const { raw, html, text } = mailTo(guest.email);
    expect(raw).toMatch(/multipart\/related/);
    expect(raw).toContain(png(64, 32).toString("base64").slice(0, 60));
    expect(raw).toMatch(/Content-Disposition: inline; filename=logo\.png/);
    expect(html).toContain(`src="data:image/png;base64,${png(64, 32).toString("base64")}"`);
    expect(html).not.toMatch(/src="(cid|https?):/);
    expect(text).toContain(`-- \n${account.name}`);
  });

  test("is removed again, and its address with it", async () => {
    await send(boss, png(32, 32)).expect(303);
    const [logo] = await stored();
    await boss.post("/admin/settings/logo/removal").expect(303);
    await new Browser().get(`/logos/${logo!.hash}`).expect(404);
    expect((await boss.get("/admin/settings/logo").expect(200)).text).not.toContain("/logos/");
    await boss.post("/admin/settings/logo/removal").expect(409);
  });

  test("T46 T75 is taken as PNG or JPEG of a fair size only, by what its bytes say", async () => {
    const said = async (bytes: Buffer, status = 422, name?: string) =>
      (await send(boss, bytes, name).expect(status)).text;
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    for (const bytes of [
      svg,
      Buffer.from("GIF89a"),
      Buffer.alloc(50),
      Buffer.concat([png(9, 9), svg]),
      png(9, 9).subarray(0, 60),
    ])
      expect(await said(bytes)).toContain("PNG and JPEG can.");
    expect(await said(png(1025, 10))).toContain("1025 × 10");
    expect(await said(png(0, 10))).toContain("0 × 10");
    expect(await said(jpeg(20, 2000))).toContain("20 × 2000");
    const full = png(10, 10, chunk("tEXt", Buffer.alloc(200_000)));
    expect(await said(full, 413)).toContain("larger than 200 kB");
    expect(await said(png(10, 10, chunk("tEXt", Buffer.alloc(2_000_000))), 413)).toContain("larger than 200 kB");
    const none = boss.agent.post(`/admin/settings/logo?_account=${account.id}`).redirects(0).set("Origin", origin);
    expect((await none.field("logo", "").expect(422)).text).toContain("Choose a file first.");
    expect(await stored()).toEqual([]);
  });

  test("is changed with the right to edit the account only, and for one's own only", async () => {
    const viewer = await admin("viewer");
    await send(viewer.browser, png(8, 8)).expect(403);
    await viewer.browser.post("/admin/settings/logo/removal").expect(403);
    const neighbour = await owner();
    await send(neighbour.browser, png(8, 8), "logo.png", account.id).expect(409);
    expect([...(await stored(viewer.account)), ...(await stored())]).toEqual([]);
  });

  test("is read to the end without being led astray", () => {
    expect(readPicture(jpeg(40, 30))).toEqual({ type: "image/jpeg", width: 40, height: 30 });
    const long = png(5, 5);
    for (let end = 0; end < long.length; end++) expect(readPicture(long.subarray(0, end))).toBeUndefined();
    const photo = jpeg(5, 5);
    for (let end = 0; end < photo.length; end++) expect(readPicture(photo.subarray(0, end))).toBeUndefined();
    long.writeUInt32BE(0xffffffff, 8);
    expect(readPicture(long)).toBeUndefined();
  });
});
