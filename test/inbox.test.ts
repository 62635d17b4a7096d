import { createTransport } from "nodemailer";
import { beforeAll, describe, expect, test } from "vitest";
import { useInbox } from "../src/dev/current.ts";
import { Browser } from "./support/browser.ts";
import { inbox } from "./support/outbox.ts";

const send = (
  subject: string,
  html = "<html><head></head><body><a href='http://localhost:3000/x'>Go</a></body></html>",
) =>
  createTransport(process.env.SMTP_URL).sendMail({
    from: "muster@muster.test",
    to: "ana@people.test",
    subject,
    text: `Hello\nhttp://localhost:3000/invitations/abc`,
    html,
  });

describe("the built-in inbox", () => {
  beforeAll(async () => {
    useInbox(inbox);
    await send("First");
    await send("Second <b>& last</b>", "<html><head></head><body><script>alert(1)</script><p>Hi</p></body></html>");
  });

  test("lists mails newest first, as a page and as JSON", async () => {
    const browser = new Browser();
    const page = await browser.get("/dev/inbox").expect(200);
    expect(page.text.indexOf("Second &lt;b&gt;")).toBeGreaterThan(0);
    expect(page.text.indexOf("Second")).toBeLessThan(page.text.indexOf("First"));

    const { body } = await browser.get("/dev/inbox.json").expect(200);
    expect(body.map(({ subject }: { subject: string }) => subject)).toEqual(["Second <b>& last</b>", "First"]);
    expect(Object.keys(body[0]).sort()).toEqual(["at", "html", "id", "subject", "text", "to"]);
  });

  test("refreshes its list without the page around it", async () => {
    const list = await new Browser().get("/dev/inbox").set("HX-Request", "true").expect(200);
    expect(list.text).toContain("First");
    expect(list.text).not.toContain("<html");
  });

  test("shows a mail in a frame that runs nothing, and its text with links", async () => {
    const id = inbox.mails[1]!.id;
    const page = await new Browser().get(`/dev/inbox/${id}`).expect(200);
    expect(page.text).toContain(`src="/dev/inbox/${id}/body"`);
    expect(page.text).toContain('<a href="http://localhost:3000/invitations/abc">');

    const body = await new Browser().get(`/dev/inbox/${id}/body`).expect(200);
    expect(body.headers["content-security-policy"]).toMatch(
      /^sandbox allow-top-navigation-by-user-activation; default-src 'none'/,
    );
    expect(body.headers["x-frame-options"]).toBeUndefined();
    await new Browser().get("/dev/inbox/nothing").expect(404);
  });

  test("refuses, defers and drops when told to", async () => {
    const browser = new Browser();
    await browser.post("/dev/inbox/mode", { mode: "refuse" }).expect(303);
    await expect(send("Third")).rejects.toMatchObject({ responseCode: 550 });
    await browser.post("/dev/inbox/mode", { mode: "defer" }).expect(303);
    await expect(send("Third")).rejects.toMatchObject({ responseCode: 451 });
    await browser.post("/dev/inbox/mode", { mode: "drop" }).expect(303);
    await expect(send("Third")).rejects.toThrow();
    await browser.post("/dev/inbox/mode", { mode: "sulk" }).expect(404);
    await browser.post("/dev/inbox/mode", { mode: "accept" }).expect(303);
    await send("Fourth");
    expect(inbox.mails[0]!.subject).toBe("Fourth");
  });
});
