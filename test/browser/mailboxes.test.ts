import { beforeEach } from "vitest";
import { config } from "../../src/config.ts";
import { trust } from "../support/certificates.ts";
import { hasDovecot, startDovecot } from "../support/dovecot.ts";
import { freshDns, zone } from "../support/name-server.ts";
import { runJobs } from "../support/outbox.ts";
import { story } from "../support/site.ts";
import { create } from "../support/world.ts";

const dovecot = (await startDovecot({ names: ["imap.acme.test"] }))!;
if (!hasDovecot) console.warn("Dovecot 2.3 is not installed: a mailbox elsewhere is added as far as its refusal only");
if (hasDovecot) {
  trust(dovecot.ca);
  for (const name of ["true", "false"])
    dovecot.addUser(`desk-${name}@acme.test`, "the right one", { quotaBytes: 2_000_000 });
}

beforeEach(() => {
  freshDns();
  zone("acme.test", [["imap", "A", "127.0.0.1"]]);
  config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
});

story(
  "M13 a mailbox elsewhere is proposed, refused in words, added once signing in works, and measured",
  async ({ visitor, scripting }) => {
    const account = await create.account({ name: "Acme" });
    const { user } = await create.colleague(account, ["admin"]);
    const one = await (await visitor()).signIn(user.email);
    await one.open("/admin/mailboxes");
    await one.press("Add IMAP mailbox");
    const address = `desk-${scripting}@acme.test`;
    await one.fill({ "Address of the mailbox": address });
    await one.press("Continue");
    await one.fill({ Name: "Desk elsewhere", Port: "1", Password: "a wrong one" });
    await one.press("Test and add");
    await one.sees("The server takes no connections at this port.");
    if (!hasDovecot) return;

    await one.fill({ Port: String(dovecot.tlsPort), Password: "a wrong one" });
    await one.press("Test and add");
    await one.sees("The server does not take this user name with this password.");
    await one.fill({ Password: "the right one" });
    await one.press("Test and add");
    await one.sees("is connected", "imap.acme.test", "Being measured");
    await runJobs();
    await one.open("/admin/mailboxes?kind=imap");
    await one.sees("Desk elsewhere", "of 2 MB");
    await one.press("Native");
    await one.seesNot("Desk elsewhere");
  },
);
