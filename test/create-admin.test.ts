import { spawnSync } from "node:child_process";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { db } from "../src/db/client.ts";
import { users } from "../src/db/schema.ts";
import { Browser } from "./support/browser.ts";
import { linkIn, mailTo, runJobs } from "./support/outbox.ts";
import { create } from "./support/world.ts";

const run = (...flags: string[]) =>
  spawnSync(process.execPath, ["bin/create-admin.ts", ...flags], { encoding: "utf8", env: process.env });

test("create-admin makes the account and its owner, and prints the link that is mailed; it works once", async () => {
  const { status, stdout } = run(
    ...["--email", "Ana@Example.com", "--account", "Example Ltd", "--first-name", "Ana", "--instance-admin"],
  );
  expect(status).toBe(0);
  const link = stdout.match(/http:\/\/localhost:3000(\/reset\/[\w-]{43})/)![1]!;
  const [ana] = await db.select().from(users).where(eq(users.email, "ana@example.com"));
  expect(ana).toMatchObject({ instanceAdmin: true, passwordHash: null, firstName: "Ana" });

  await runJobs();
  const mail = mailTo("ana@example.com");
  expect(mail.subject).toBe("Create your password for Example Ltd");
  expect(mail.html).toContain("Create password");
  expect(linkIn(mail)).toBe(link);

  const browser = new Browser();
  const form = await browser.get(link).expect(200);
  expect(form.text).toContain("ana@example.com");
  await browser.post(link, { password: "harbour lantern violet" }).expect(303);
  expect((await new Browser().get(link)).status).toBe(409);
  const owner = new Browser();
  await owner.signIn("ana@example.com", "harbour lantern violet");
  expect((await owner.get("/admin/users").expect(200)).text).toContain("Example Ltd");
});

test("create-admin for somebody who is registered adds the account and leaves their password alone", async () => {
  const user = await create.user();
  const { status, stdout } = run("--email", user.email, "--account", "Second Ltd");
  expect(status).toBe(0);
  expect(stdout).not.toContain("http");
  const owner = new Browser();
  await owner.signIn(user.email);
  expect((await owner.get("/admin/users").expect(200)).text).toContain("Second Ltd");
});

test("create-admin says what is missing", () => {
  for (const flags of [[], ["--email", "nobody"], ["--email", "ana@example.com"], ["--unknown"]]) {
    const { status, stderr } = run(...flags);
    expect(status).toBe(1);
    expect(stderr).toContain("Usage: npm run create-admin");
  }
});
