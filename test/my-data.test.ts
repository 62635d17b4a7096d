import { inflateRawSync } from "node:zlib";
import { sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { trustedDevices } from "../src/db/schema.ts";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { programOf } from "./support/programs.ts";
import { changesOf, create } from "./support/world.ts";

/** The parts of a zip, by the directory at its end. */
function unpacked(zip: Buffer): Record<string, string> {
  const found: Record<string, string> = {};
  const end = zip.lastIndexOf("PK\u0005\u0006", undefined, "latin1");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size, named] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28)];
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + size);
    found[zip.toString("utf8", at + 46, at + 46 + named)] = (method ? inflateRawSync(bytes) : bytes).toString();
    at += 46 + named + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return found;
}

const download = (browser: Browser) =>
  browser
    .post("/profile/data")
    .buffer(true)
    .parse((res, done) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk) => chunks.push(chunk));
      res.on("end", () => done(null, Buffer.concat(chunks)));
    });

describe("download my data", () => {
  test("T89 is one's own, as JSON and to be read, and is written down", async () => {
    const { account, user: boss, browser: bosses } = await owner();
    const { user, member } = await create.colleague(account, ["viewer"]);
    await programOf(account, user, ["users.view"], { name: "My <b>program" });
    await bosses.post(`/admin/users/${member.id}/block`).expect(303);
    await bosses.post(`/admin/users/${member.id}/unblock`).expect(303);
    const browser = await browserOf(user, account);
    const trust = { userId: user.id, hash: crypto.randomUUID(), basis: "", userAgent: "Firefox/140.0" };
    await db.insert(trustedDevices).values({ ...trust, endsAt: new Date() });
    await browser.get("/profile/data").expect(200);
    const answer = await download(browser).expect(200);
    expect(answer.headers["content-disposition"]).toContain("attachment");
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");

    const files = unpacked(answer.body as Buffer);
    const data = JSON.parse(files["data.json"]!);
    expect(data.profile[0]).toMatchObject({ email: user.email });
    expect(data.memberships[0]).toMatchObject({ account: account.name, status: "active" });
    expect(data.rights[0]).toMatchObject({ held: "viewer", ended_at: null });
    expect(data.api_clients[0]).toMatchObject({ name: "My <b>program" });
    expect(data.what_was_done_about_me.map(({ what }: { what: string }) => what)).toEqual([
      "member.unblocked",
      "member.blocked",
    ]);
    expect(data.sessions).toHaveLength(1);
    expect(data.trusted_devices).toMatchObject([{ device: "Firefox/140.0", last_used_at: null }]);
    expect(JSON.stringify(files)).not.toContain(trust.hash);
    expect(files["data.html"]).toContain("My &lt;b&gt;program");
    expect(JSON.stringify(files)).not.toContain(boss.email);
    expect(await changesOf(account.id)).toContain("user.data_downloaded");
  });

  test("holds no secret and no hash of anything", async () => {
    const { account, user, browser } = await owner();
    await programOf(account, user);
    const { body } = await download(browser).expect(200);
    const text = Object.values(unpacked(body as Buffer)).join();
    const secrets = await db.execute<{ it: string }>(sql`
      select password_hash as it from users where id = ${user.id} union all select secret_hash from api_clients
      union all select hash from api_tokens union all select sid from sessions`);
    expect(secrets.length).toBeGreaterThan(3);
    for (const { it } of secrets) expect(text).not.toContain(it);
  });

  test("T88 asks for a sign-in each time, and three times a day is enough", async () => {
    await new Browser().post("/profile/data").expect(303);
    const { browser } = await owner();
    for (let n = 0; n < 3; n++) await download(browser).expect(200);
    await browser.post("/profile/data").expect(429);
  });
});
