import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { beforeEach, describe, expect, test } from "vitest";
import { demoToken } from "../src/db/seed-domains.ts";
import { useNameServer } from "../src/dev-dns/current.ts";
import { demoZones } from "../src/dev-dns/demo-zones.ts";
import { Zones } from "../src/dev-dns/zones.ts";
import { askEverywhere } from "../src/dns/ask-everywhere.ts";
import { Browser } from "./support/browser.ts";
import { attribute } from "./support/forms.ts";
import { resolver } from "./support/name-server.ts";

/** As `npm start` has it: one process is the resolver and every name server. */
beforeEach(() => {
  resolver.zones.list = demoZones();
  resolver.mode = "answer";
  useNameServer(resolver);
});

const zoneCalled = (name: string) => resolver.zones.list.find((zone) => zone.name === name)!;

describe("the built-in name server", () => {
  test("answers for the demo's domains as the world outside would", async () => {
    const { zone, servers, resolvers } = await askEverywhere("_muster-challenge.northwind.test", "TXT");
    expect(zone).toBe("northwind.test");
    expect(servers.map(({ server, records }) => [server, ...records])).toEqual([
      ["ns1.muster-dns.test", `token=${demoToken}`],
      ["ns2.muster-dns.test", `token=${demoToken}`],
    ]);
    expect(resolvers).toHaveLength(1);
    expect(await askEverywhere("example.test", "TXT")).toMatchObject({
      zone: ".",
      servers: [{ outcome: "no_such_name" }, {}],
    });
  });

  test("shows zones; a record that is published there is found, one that is removed is not", async () => {
    const browser = new Browser();
    const list = await browser.get("/dev/dns").expect(200);
    expect(list.text).toContain("harbourpress.test");
    // The way back to what one came from, and on to the mails.
    for (const way of ["/admin/domains", "/dev/inbox"]) expect(list.text).toContain(`href="${way}"`);
    expect(list.text).not.toContain("muster-dns.test</strong>");

    const at = `/dev/dns/zones/${zoneCalled("harbourpress.test").id}`;
    await browser.post(`${at}/records`, { host: "_x", type: "TXT", value: "hello <b>" }).expect(303);
    expect((await browser.get(at).expect(200)).text).toContain("hello &lt;b&gt;");
    expect((await askEverywhere("_x.harbourpress.test", "TXT")).servers[0]!.records).toEqual(["hello <b>"]);

    const record = zoneCalled("harbourpress.test").records.find(({ value }) => value === "hello <b>")!;
    await browser.post(`/dev/dns/records/${record.id}/removal`).expect(303);
    expect((await askEverywhere("_x.harbourpress.test", "TXT")).servers[0]!.records).toEqual([]);
    await browser.post(`/dev/dns/records/${record.id}/removal`).expect(404);
  });

  test("adds the zone to whatever is typed as host, as providers do", async () => {
    const zone = zoneCalled("atelier.test");
    await new Browser()
      .post(`/dev/dns/zones/${zone.id}/records`, { host: "_x.atelier.test", type: "TXT", value: "hello" })
      .expect(303);
    expect(zone.records.map(({ name }) => name)).toEqual(["_x.atelier.test.atelier.test"]);
  });

  test("refuses what its type cannot hold, and keeps what was typed", async () => {
    const browser = new Browser();
    const at = `/dev/dns/zones/${zoneCalled("atelier.test").id}/records`;
    for (const [type, value] of [
      ["A", "300.1.1.1"],
      ["AAAA", "127.0.0.1"],
      ["MX", "mx1.muster.test"],
      ["CNAME", "no name"],
      ["NS", ""],
      ["TXT", ""],
    ]) {
      const page = await browser.post(at, { host: "kept-host", type: type!, value: value! }).expect(422);
      expect(page.text).toContain('value="kept-host"');
      expect(page.text).toContain('aria-invalid="true"');
    }
    await browser.post(at, { host: "a b", type: "A", value: "127.0.0.1" }).expect(422);
    await browser.post(at, { host: "*", type: "A", value: "127.0.0.1" }).expect(303);
    expect(zoneCalled("atelier.test").records).toHaveLength(1);
  });

  test("makes and removes zones", async () => {
    const browser = new Browser();
    await browser.post("/dev/dns/zones", { name: "Müller.test." }).expect(303);
    const zone = zoneCalled("xn--mller-kva.test");
    expect((await askEverywhere("xn--mller-kva.test", "SOA")).zone).toBe("xn--mller-kva.test");
    await browser.post("/dev/dns/zones", { name: "müller.test" }).expect(409);
    await browser.post("/dev/dns/zones", { name: "not a name" }).expect(422);

    await browser.post(`/dev/dns/zones/${zone.id}/removal`).expect(303);
    await browser.get(`/dev/dns/zones/${zone.id}`).expect(404);
  });

  test("fills its form in from the address of the page", async () => {
    const browser = new Browser();
    const query = new URLSearchParams({ name: "_muster-challenge.Northwind.test", type: "TXT", value: "token=AbC" });
    const page = await browser.get(`/dev/dns?${query}`).expect(200);
    expect(page.text).toMatch(/id="host"[^>]*value="_muster-challenge"/);
    expect(page.text).toMatch(/id="value"[^>]*value="token=AbC"/);
    expect((await browser.get("/dev/dns?name=_x.new.test").expect(200)).text).toMatch(/id="name"[^>]*value="new.test"/);
  });

  test("a zone that was asked for before it was there is found at once, and the record to publish comes along", async () => {
    const browser = new Browser();
    const ask = () => askEverywhere("_muster-challenge.fresh.test", "TXT");
    expect(await ask()).toMatchObject({ zone: ".", servers: [{ outcome: "no_such_name" }, {}] });
    const query = new URLSearchParams({ name: "_muster-challenge.fresh.test", type: "TXT", value: "token=AbC&d" });
    const page = await browser.get(`/dev/dns?${query}`).expect(200);
    const record = attribute(page.text.match(/<input[^>]*name="record"[^>]*>/)![0], "value")!;

    const added = await browser.post("/dev/dns/zones", { name: "fresh.test", record }).expect(303);
    const form = await browser.get(added.headers.location!).expect(200);
    expect(form.text).toMatch(/id="host"[^>]*value="_muster-challenge"/);
    expect(form.text).toMatch(/id="value"[^>]*value="token=AbC&amp;d"/);
    const at = `/dev/dns/zones/${zoneCalled("fresh.test").id}`;
    await browser.post(`${at}/records`, { host: "_muster-challenge", type: "TXT", value: "token=AbC&d" }).expect(303);
    expect(await ask()).toMatchObject({ zone: "fresh.test", servers: [{ records: ["token=AbC&d"] }, {}] });
    await browser.post(`${at}/removal`).expect(303);
    expect((await ask()).zone).toBe(".");
  });

  test("fails or falls silent when told to, and resolvers go on", async () => {
    const browser = new Browser();
    const outcome = async () => (await askEverywhere("northwind.test", "MX")).servers[0];
    await browser.post("/dev/dns/mode", { mode: "fail" }).expect(303);
    expect(await outcome()).toMatchObject({ outcome: "failure", why: "servfail" });
    await browser.post("/dev/dns/mode", { mode: "silent" }).expect(303);
    expect(await outcome()).toMatchObject({ outcome: "timeout" });
    await browser.post("/dev/dns/mode", { mode: "sulk" }).expect(404);
    await browser.post("/dev/dns/mode", { mode: "answer" }).expect(303);
    expect(await outcome()).toMatchObject({ outcome: "records" });
  });

  test("keeps its zones over restarts", () => {
    const file = `${mkdtempSync("/tmp/muster-zones-")}/zones.json`;
    const zones = new Zones(demoZones(), file);
    expect(existsSync(file)).toBe(false);
    zones.put("kept.test", ["ns1.muster-dns.test"], [["@", "TXT", "kept"]]);
    expect(new Zones([], file).zoneOf("www.kept.test")!.records[0]!.value).toBe("kept");
    expect(JSON.parse(readFileSync(file, "utf8"))).toHaveLength(demoZones().length + 1);
  });
});
