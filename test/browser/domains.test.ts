import { eq } from "drizzle-orm";
import { expect } from "vitest";
import { db } from "../../src/db/client.ts";
import { domains } from "../../src/db/schema.ts";
import { zone } from "../support/name-server.ts";
import { runJobs } from "../support/outbox.ts";
import { story } from "../support/site.ts";
import { create } from "../support/world.ts";

story(
  "an owner adds a domain, publishes its record, sees it proven, and gives it up",
  async ({ visitor, scripting }) => {
    const account = await create.account({ name: "Northwind" });
    const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const name = `story-${crypto.randomUUID().slice(0, 8)}.test`;
    zone(name, []);

    const ada = await visitor();
    await ada.signIn(user.email);
    await ada.press("Domains");
    await ada.sees("No domains yet", "Publish the record that Muster shows you.");
    await ada.press("Add domain", ada.page.locator("header"));
    await ada.fill({ "Name of the domain": "gmail.com" });
    await ada.press("Add domain");
    await ada.sees("1 thing needs another look");
    await ada.fill({ "Name of the domain": name.toUpperCase() });
    await ada.press("Add domain");
    await ada.sees("was added. Publish its record next", "Unverified", "Not checked yet", "Checking now…");

    const [domain] = await db.select().from(domains).where(eq(domains.name, name));
    await ada.sees("_muster-challenge", `token=${domain!.token}`);
    if (scripting) {
      await ada.press("Copy the value of Ownership");
      await ada.sees("Copied.");
      expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toBe(`token=${domain!.token}`);
    } else {
      // Without scripts one click selects the whole value, and no button promises more.
      expect(await ada.page.getByRole("button", { name: "Copy the value of Ownership" }).isVisible()).toBe(false);
      await ada.page.getByText(`token=${domain!.token}`).first().click();
      expect(
        await ada.page
          .getByText(`token=${domain!.token}`)
          .first()
          .evaluate((node) => getComputedStyle(node).userSelect),
      ).toBe("all");
    }

    /** With scripts the page follows by itself; without, one presses Refresh. */
    const follow = async (words: string) => {
      if (scripting) await ada.page.getByText(words).first().waitFor({ timeout: 9000 });
      else await ada.press("Refresh");
      await ada.settle();
      await ada.sees(words);
    };
    await runJobs();
    await follow("There is no record at");

    zone(name, [["_muster-challenge", "TXT", `token=${domain!.token}`]]);
    await ada.press("Check now");
    await ada.sees("Checking…");
    await runJobs();
    await follow("Verified since");
    await ada.sees("The domain is yours. Nothing has changed for anybody yet.", "asked for by Ada Okafor");
    await ada.press(/name server/);
    await ada.sees(`ns1.${name}`);

    await ada.page.locator("main details.menu > summary").first().click();
    await ada.press("Delete");
    await ada.fill({ [`Type ${domain!.shownName} to confirm`]: "something" });
    await ada.press("Delete domain");
    await ada.sees("Type the name of the domain exactly");
    await ada.fill({ [`Type ${domain!.shownName} to confirm`]: name });
    await ada.press("Delete domain");
    await ada.sees("was deleted.", "No domains yet");
  },
  120_000,
);
