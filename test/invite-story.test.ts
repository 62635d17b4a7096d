import "./support/outbox.ts";
import { describe, expect, test } from "vitest";
import { Browser, browserOf, owner } from "./support/browser.ts";
import { draft, mailedLink, postFrom, profile } from "./support/invites.ts";
import { mailsTo, mailTo, runJobs } from "./support/outbox.ts";
import { create, grantsOf, reloadMember } from "./support/world.ts";

describe("the whole way of an invitation", () => {
  test("A1–A28 an owner invites a registered and a new person with account and mailbox rights; both click, the rights arrive, the inviter is told", async () => {
    const { account, browser, user: boss } = await owner();
    const press = await create.mailbox(account, { name: "Press" });
    const known = await create.user({ firstName: "Jonas", lastName: "Weiß" });

    const drafts = [
      await draft(browser, known.email),
      await draft(browser, "zoe@story.test", { firstName: "Zoë", message: "Good to have you!" }),
    ];
    for (const { id } of drafts) {
      await browser.post(`/admin/users/${id}/roles`, { role: ["viewer"] }).expect(303);
      await browser.post(`/admin/users/${id}/mailboxes/${press.id}/roles`, { role: ["mailbox_editor"] }).expect(303);
      expect(await grantsOf(id)).toEqual([]);
      expect((await browser.get(`/admin/users/${id}/account`).expect(200)).text).toContain("Invite user");
      await browser.post(`/admin/users/${id}/invitation`).expect(303);
    }
    const list = await browser.get("/admin/users").expect(200);
    expect(list.text).toContain("Invited");

    const rights = [`mailbox_editor@${press.id}`, "viewer"].sort();
    const [jonas, zoe] = drafts.map(({ id }) => id) as [string, string];
    const [knownLink, newLink] = [await mailedLink(known.email), await mailedLink("zoe@story.test")];
    expect(mailTo("zoe@story.test").text).toContain("Mailbox Press: Mailbox editor");
    expect((await browser.get(`/admin/users/${zoe}/account`).expect(200)).text).toContain(
      "Handed over to the mail server",
    );

    const jonasBrowser = await browserOf(known);
    expect((await jonasBrowser.get("/admin/users").expect(403)).status).toBe(403);
    await jonasBrowser.get(knownLink).expect(303);
    await jonasBrowser.post(`/profile/invites/${jonas}/acceptance`).expect(303);
    expect((await jonasBrowser.get("/admin/users").expect(200)).text).toContain(account.name);

    const zoeBrowser = new Browser();
    expect((await postFrom(zoeBrowser, newLink, `${newLink}/registration`, profile)).status).toBe(303);
    expect((await zoeBrowser.get("/admin/users").expect(200)).text).toContain(account.name);

    for (const id of [jonas, zoe]) {
      expect(await reloadMember(id)).toMatchObject({ status: "active" });
      expect(await grantsOf(id)).toEqual(rights);
    }
    await runJobs();
    const told = mailsTo(boss.email).map(({ subject }) => subject);
    expect(told.length).toBe(2);
    for (const subject of told) expect(subject).toContain(`accepted the invitation to ${account.name}`);
  });

  test("D10 sending saves what was pending in all tabs; dropping it first sends an invitation without rights (A7)", async () => {
    const { browser } = await owner();
    const [full, bare] = [await draft(browser), await draft(browser)];
    for (const { id } of [full, bare]) await browser.post(`/admin/users/${id}/roles`, { role: ["admin"] }).expect(303);
    await browser.post(`/admin/users/${bare.id}/cancellation`).expect(303);
    for (const { id } of [full, bare]) await browser.post(`/admin/users/${id}/invitation`).expect(303);
    expect(await grantsOf(full.id)).toEqual(["admin"]);
    expect(await grantsOf(bare.id)).toEqual([]);
  });
});
