import { expect } from "vitest";
import { config } from "../../src/config.ts";
import { useNameServer } from "../../src/dev-dns/current.ts";
import { demoZones } from "../../src/dev-dns/demo-zones.ts";
import { resolver } from "../support/name-server.ts";
import { runJobs } from "../support/outbox.ts";
import { story } from "../support/site.ts";
import { create, password } from "../support/world.ts";

story(
  "a newcomer plays it through: a domain is added, its record published, first wrongly, and it is proven",
  async ({ visitor }) => {
    config.NAME_SERVER_PORT = config.DNS_PORT;
    resolver.zones.list = demoZones();
    useNameServer(resolver);
    const account = await create.account({ name: "Northwind" });
    const { user } = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const name = `${crypto.randomUUID().slice(0, 8)}.test`;

    const ada = await visitor();
    await ada.open("/admin/domains/new");
    await ada.fill({ "E-mail address": user.email, Password: password });
    await ada.press("Sign in");
    await ada.fill({ "Name of the domain": name });
    await ada.press("Add domain");
    const domain = ada.path;
    const token = (await ada.page.locator("code", { hasText: "token=" }).first().innerText()).trim();

    await ada.open(`/dev/dns?${new URLSearchParams({ name: `_muster-challenge.${name}`, type: "TXT", value: token })}`);
    await ada.press("Add zone");
    await ada.sees(name, "This zone has no records.");
    await ada.fill({ Host: `_muster-challenge.${name}`, Value: token });
    await ada.press("Publish");
    await ada.sees("The record is published.", `_muster-challenge.${name}`);

    // It was asked for when it was added.
    await runJobs();
    await ada.open(domain);
    await ada.sees(
      `your DNS provider added ${name} to a name that had it already`,
      "Change the host to _muster-challenge",
    );

    await ada.open((await ada.page.locator('a[href^="/dev/dns?"]').first().getAttribute("href"))!);
    expect(await ada.page.locator("#host").inputValue()).toBe("_muster-challenge");
    await ada.press("Publish");
    await ada.press(`Remove TXT at _muster-challenge.${name}.${name}`);
    await ada.sees("The record is gone.");
    await ada.open(domain);
    await ada.press("Check now");
    await runJobs();
    await ada.open(domain);
    await ada.sees("Proven");
  },
);
