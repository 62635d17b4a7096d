import "./support/outbox.ts";
import { describe, expect, test } from "vitest";
import { readLines } from "../src/invite-lists/read-lines.ts";
import { admin } from "./support/browser.ts";
import { draft, invite, someone, stepsOf } from "./support/invites.ts";
import { mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { create, grantsOf } from "./support/world.ts";

describe("inviting many at once", () => {
  test("sends to every good line with one set of rights, and gives a verdict for each bad one", async () => {
    const { account, browser, user } = await admin("admin");
    const box = await create.mailbox(account);
    await browser.get("/admin/users/many").expect(200);
    const [ana, ben] = [someone(), someone()];
    const waiting = await invite(browser, someone());
    const drafted = await draft(browser, someone());
    const lines = [`Ana Lind <${ana}>`, `${ben}, Ben, Ek`, ana, "no address", waiting.email, drafted.email, user.email];
    const page = await browser
      .post("/admin/users/many", {
        lines: lines.join("\r\n"),
        role: "viewer",
        mailboxes: ["", `${box.id}:mailbox_reader`],
        message: "Welcome",
      })
      .expect(200);
    expect(page.text).toContain("2 invitations are on their way");
    expect(page.text).toContain("The same address stands in line 1.");
    expect(page.text).toContain("is invited already and has not answered yet.");
    expect(page.text).toContain("There is a draft for");
    expect(page.text).toContain("This is your own address.");
    expect(page.text.match(/<textarea id="lines"[^>]*>([^<]*)/)![1]!.split("\n").length).toBe(5);

    await runJobs();
    expect(mailTo(ana).text).toContain("Hello Ana,");
    expect(mailTo(ben).text).toContain("> Welcome");
    expect(mailsTo(drafted.email)).toEqual([]);
    const ids = [...page.text.matchAll(/\/admin\/users\/([0-9a-f-]{36})\/account/g)].map(([, id]) => id!);
    expect(ids.length).toBe(2);
    for (const id of ids) expect(await grantsOf(id)).toEqual([`mailbox_reader@${box.id}`, "viewer"].sort());
    expect((await stepsOf(account.id)).filter((name) => name === "invite.sent").length).toBe(3);
  });

  test("T51 T50 refuses rights that the actor lacks, and a neighbour's role or mailbox, before anything is sent", async () => {
    const { account, browser } = await admin("admin");
    const email = someone();
    await browser.post("/admin/users/many", { lines: email, role: "owner" }).expect(403);
    const other = await create.account();
    const role = await create.role(other, "account", "Theirs", ["users.view"]);
    const box = await create.mailbox(other);
    await browser.post("/admin/users/many", { lines: email, role: role.id }).expect(404);
    await browser.post("/admin/users/many", { lines: email, mailboxes: `${box.id}:mailbox_reader` }).expect(404);
    await browser.post("/admin/users/many", { lines: email, role: "mailbox_reader" }).expect(409);
    await browser.post("/admin/users/many", { lines: email, role: "nonsense" }).expect(404);
    expect(await stepsOf(account.id)).toEqual([]);
  });

  test("takes 200 lines and no more, and needs one", async () => {
    const { browser } = await admin("admin");
    const lines = Array.from({ length: 201 }, someone).join("\n");
    expect((await browser.post("/admin/users/many", { lines }).expect(422)).text).toContain("At most 200 addresses");
    expect((await browser.post("/admin/users/many", { lines: " \n" }).expect(422)).text).toContain("at least one");
  });

  test("T11 stops at the limit of an hour; the lines beyond it stay to be sent later", async () => {
    const { account, browser } = await admin("admin");
    const lines = Array.from({ length: 53 }, someone);
    const page = await browser.post("/admin/users/many", { lines: lines.join("\n") }).expect(200);
    expect(page.text).toContain("50 invitations are on their way");
    expect(page.text.match(/<textarea id="lines"[^>]*>([^<]*)/)![1]).toBe(lines.slice(50).join("\n"));
    expect((await stepsOf(account.id)).length).toBe(50);
  });

  test("is refused without the permission", async () => {
    const { browser } = await admin("viewer");
    await browser.get("/admin/users/many").expect(403);
    await browser.post("/admin/users/many", { lines: someone() }).expect(403);
  });
});

describe("a line", () => {
  test("T69 names one plain address, with or without a name", () => {
    const read = (text: string) => {
      const [{ email, firstName, lastName, problem }] = readLines(text) as [ReturnType<typeof readLines>[0]];
      return problem ? "refused" : `${email}|${firstName}|${lastName}`;
    };
    expect(read("Ana@X.test")).toBe("ana@x.test||");
    expect(read("Ana Maria Lind <ana@x.test>,")).toBe("ana@x.test|Ana Maria|Lind");
    expect(read('"Lind, Ana" <ana@x.test>')).toBe("ana@x.test|Ana|Lind");
    expect(read("ana@x.test\tAna\tLind")).toBe("ana@x.test|Ana|Lind");
    expect(read("ana@x.test; Ana")).toBe("ana@x.test|Ana|");
    for (const odd of [
      "a@x.test <b@x.test",
      "<a@x.test> <b@x.test> x",
      "a@x.test b@x.test",
      "friends: a@x.test;",
      "@x.test",
    ])
      expect(read(odd)).toBe("refused");
    expect(read(`ana@x.test, ${"x".repeat(101)}`)).toBe("refused");
  });
});
