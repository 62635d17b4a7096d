import { Router } from "express";
import { afterAll, expect, test } from "vitest";
import { open } from "../../src/access/guard.ts";
import { seal } from "../../src/access/vault.ts";
import { config } from "../../src/config.ts";
import { imapSources } from "../../src/db/boxes.ts";
import { db } from "../../src/db/client.ts";
import { room } from "../../src/http/room.ts";
import { closeConnections } from "../../src/imap/connections.ts";
import { cleanHtml } from "../../src/message-view/clean.ts";
import { sendFrame } from "../../src/message-view/frame.ts";
import { rooms } from "../../src/rooms.ts";
import { noDovecot, startDovecot } from "../support/dovecot.ts";
import { hostileLetters } from "../support/hostile-letters.ts";
import { letter, letters } from "../support/letters.ts";
import { bothModes, newVisitor, story } from "../support/site.ts";
import { create } from "../support/world.ts";

const why = "tests only";
const nothing = { pictures: new Map<string, string>(), remote: false };
const frames = (paths: string[]) =>
  `<!doctype html><html lang="en"><title>Letters</title>${paths.map((path) => `<iframe title="x" src="${path}" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>`).join("")}</html>`;

/** Hostile letters as the frame shows them, all on one page of the real application; and one that nobody has cleaned. */
const shelf = Router();
shelf.get(
  "/",
  open(why),
  (_req, res) => void res.type("html").send(frames(hostileLetters.map((_, n) => `/letters/${n}`))),
);
shelf.get("/raw", open(why), (_req, res) => void res.type("html").send(frames(["/letters/uncleaned"])));
shelf.get("/uncleaned", open(why), (_req, res) =>
  sendFrame(res, { html: `<img src="https://evil.test/x.png"><script>alert(1)</script>` }),
);
shelf.get("/:n", open(why), async (req, res) => {
  sendFrame(res, { html: await cleanHtml(hostileLetters[Number(req.params.n)]![1], nothing) });
});
rooms.push(room("/letters", async () => ({ shelf }), "shelf"));

const dovecot = await startDovecot({ tls: "none" });
afterAll(() => closeConnections());

/** A mailbox with letters in it, and who keeps it. */
async function post() {
  config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
  const account = await create.account({ name: "Northwind" });
  const address = `press${crypto.randomUUID().slice(0, 8)}@acme.test`;
  const box = await create.mailbox(account, { kind: "imap", name: "Press", address });
  const way = { host: "127.0.0.1", port: dovecot!.port, security: "none", username: address } as const;
  const ids = { mailboxId: box.id, accountId: account.id };
  await db.insert(imapSources).values({ ...ids, ...way, password: seal("x") });
  dovecot!.addUser(address, "x");
  await dovecot!.deliver(address, letter({ subject: "Interview on Thursday", text: "At ten, at the harbour." }));
  for (const [, raw] of letters.slice(-2)) await dovecot!.deliver(address, raw);
  const keeper = await create.colleague(account, ["admin"], { firstName: "Ada", lastName: "Okafor" });
  return { account, box, keeper };
}

story(
  "T63 T65 T66 sixty hostile letters: nothing runs, no request leaves, the policy has nothing to refuse",
  async ({ visitor }) => {
    const one = await visitor();
    await one.page.goto(`${process.env.BASE_URL}/letters`, { waitUntil: "networkidle" });
    expect(one.page.frames()).toHaveLength(hostileLetters.length + 1);
    await one.page.mouse.move(200, 200);
    expect(one.problems).toEqual([]);
  },
);

for (const { scripting, mode } of bothModes) {
  test(`T66 what is not cleaned is refused by the frame's policy, and that is seen here (${mode})`, async () => {
    const one = await newVisitor({ scripting });
    await one.page.goto(`${process.env.BASE_URL}/letters/raw`, { waitUntil: "networkidle" });
    expect(one.problems.join()).toMatch(/Content Security Policy/);
    expect(one.problems.join()).not.toMatch(/dialog/);
    await one.page.context().close();
  });
}

story(
  "M12 M15 a mailbox is looked into: found, read, an attachment saved, and its log says so",
  async ({ visitor, skip }) => {
    if (!dovecot) return skip(noDovecot);
    const { box, keeper } = await post();
    const one = await (await visitor()).signIn(keeper.user.email);
    await one.open(`/admin/mailboxes/${box.id}`);
    await one.press("Messages");
    await one.sees("Inbox", "Interview on Thursday", "Attached");
    await one.fill({ "Find in this folder": "harbour" });
    await one.press("Search");
    await one.sees("Interview on Thursday");
    await one.page.getByRole("link", { name: /Interview on Thursday/ }).click();
    await one.settle();
    await one.sees("Ana <ana@elsewhere.test>", "All headers");
    await expect
      .poll(() => one.page.frameLocator("iframe").locator("body").textContent())
      .toContain("At ten, at the harbour.");
    await one.press("All messages");
    await one.press("Clear");
    await one.page.getByRole("link", { name: /Attached/ }).click();
    await one.settle();
    await one.sees("may run a program when it is opened");
    const [file] = await Promise.all([
      one.page.waitForEvent("download"),
      one.page.getByRole("link", { name: /page\.html/ }).click(),
    ]);
    expect(file.suggestedFilename()).toBe("page.html");
    await one.press("Activity");
    await one.sees("Attachment downloaded", "page.html", "Message viewed", "Mailbox opened", "user");
  },
);

for (const { scripting, mode } of bothModes) {
  test(`T66 pictures from elsewhere are loaded when asked for only, and their server learns nothing of the page (${mode})`, async ({
    skip,
  }) => {
    if (!dovecot) return skip(noDovecot);
    const { box, keeper } = await post();
    const one = await (await newVisitor({ scripting })).signIn(keeper.user.email);
    const asked: Record<string, string>[] = [];
    await one.page.context().route("https://tracker.example/**", async (route) => {
      asked.push(await route.request().allHeaders());
      await route.fulfill({ status: 200, contentType: "image/png", body: "" });
    });
    await one.open(`/admin/mailboxes/${box.id}/messages`);
    await one.page.getByRole("link", { name: /Remote/ }).click();
    await one.settle();
    await one.sees("Pictures from other servers are not loaded.");
    await one.page.waitForLoadState("networkidle");
    expect(asked).toEqual([]);
    await one.page.getByRole("button", { name: "Load remote content" }).click();
    await expect.poll(() => asked.length).toBe(1);
    expect(asked[0]!.referer).toBeUndefined();
    expect(asked[0]!.cookie).toBeUndefined();
    await one.page.context().close();
  });
}
