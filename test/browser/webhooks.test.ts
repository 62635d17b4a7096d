import { expect } from "vitest";
import { config } from "../../src/config.ts";
import { manners, receiver, tell } from "../support/receivers.ts";
import { story } from "../support/site.ts";
import { create, password } from "../support/world.ts";

story(
  "M20 M21 M22 M23 an administrator adds a webhook, tests it, looks at what came back, and deletes it",
  async ({ visitor, scripting }) => {
    config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
    const account = await create.account({ name: "Northwind" });
    const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const ledger = await receiver(manners.answers(503, {}, "The ledger is closed today"));

    const ada = await visitor();
    await ada.open("/admin/webhooks");
    await ada.fill({ "E-mail address": user.email, Password: password });
    await ada.press("Sign in");
    await ada.sees("No webhooks yet", "Send a test, and look at what came back.");
    await ada.page.getByRole("link", { name: "Add webhook" }).first().click();
    await ada.fill({ "Address (URL)": "https://10.0.0.7/hook", Description: "Ledger" });
    await ada.press("Add webhook");
    await ada.sees("private or reserved network");
    await ada.fill({ "Address (URL)": ledger.url });
    await ada.page.getByLabel("Only these:").check();
    await ada.page.getByLabel("Role created").check();
    await ada.press("Add webhook");
    await ada.sees("Secret that signs the messages", "Shown this once.");
    expect(await ada.page.locator("#secret").inputValue()).toMatch(/^whsec_/);
    await ada.page.getByRole("link", { name: "Done: show the webhook" }).click();
    await ada.sees("Nothing was sent yet", "Role created");

    await ada.press("Send a test");
    await ada.sees("It is on its way");
    await tell();
    if (!scripting) await ada.page.getByRole("link", { name: "Refresh" }).click();
    // The page follows by itself where it can.
    await ada.page.locator("h2 + .status", { hasText: "Failed" }).waitFor();
    await ada.sees("503", "The receiver had trouble of its own.");
    await ada.page.getByText("What was sent and answered").click();
    await ada.sees("The ledger is closed today", "webhook-signature");

    ledger.manner = manners.takes;
    await ada.press("Send another test");
    await tell();
    if (!scripting) await ada.page.getByRole("link", { name: "Refresh" }).click();
    await ada.page.locator("h2 + .status", { hasText: "Delivered" }).waitFor();
    await ada.sees("The receiver took it.");
    await ada.page.getByRole("link", { name: "Deliveries" }).click();
    await ada.sees("webhook.test", "Failed", "Delivered");

    await ada.page.getByRole("link", { name: "Ledger" }).click();
    await ada.page.getByLabel("More actions").click();
    await ada.page.getByRole("link", { name: "Delete", exact: true }).click();
    await ada.sees("Its secret is forgotten.");
    await ada.press("Delete webhook");
    await ada.sees("was deleted.", "No webhooks yet");
  },
);
