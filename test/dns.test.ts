import { beforeEach, describe, expect, test } from "vitest";
import { config } from "../src/config.ts";
import { Zones } from "../src/dev-dns/zones.ts";
import { askEverywhere } from "../src/dns/ask-everywhere.ts";
import { Inquiry } from "../src/dns/inquiry.ts";
import { nameOfPlace, placeOf, placeOfServer } from "../src/dns/places.ts";
import { copyOn, freshDns, fromElsewhere, manners, resolver, servers, zone } from "./support/name-server.ts";

beforeEach(freshDns);

const outcomes = (answers: { server: string; outcome: string; why?: string }[]) =>
  answers.map(({ server, outcome, why }) => `${server} ${why ?? outcome}`);

describe("asking every name server of a domain", () => {
  test("X8 says what each authoritative server has, and what the resolvers see", async () => {
    zone("acme.test", [["_muster-challenge", "TXT", "token=abc"]]);
    const { zone: found, servers: asked, resolvers } = await askEverywhere("_muster-challenge.acme.test", "TXT");

    expect(found).toBe("acme.test");
    expect(asked).toEqual([
      { server: "ns1.acme.test", authoritative: true, outcome: "records", records: ["token=abc"] },
      { server: "ns2.acme.test", authoritative: true, outcome: "records", records: ["token=abc"] },
    ]);
    expect(resolvers).toMatchObject([{ authoritative: false, outcome: "records", records: ["token=abc"] }]);
  });

  test("X8 shows servers that do not agree, and how long resolvers still remember that there was nothing", async () => {
    const acme = zone("acme.test", [], { minimum: 900 });
    await askEverywhere("_muster-challenge.acme.test", "TXT");
    resolver.zones.add(acme, ["_muster-challenge", "TXT", "token=abc"]);
    copyOn("ns2", acme, []);

    const { servers: asked, resolvers } = await askEverywhere("_muster-challenge.acme.test", "TXT");
    expect(outcomes(asked)).toEqual(["ns1.acme.test records", "ns2.acme.test no_such_name"]);
    expect(resolvers[0]).toMatchObject({ outcome: "no_such_name" });
    expect(resolvers[0]!.negativeTtl).toBeGreaterThan(890);
    expect(resolvers[0]!.negativeTtl).toBeLessThanOrEqual(900);
  });

  test("X8 tells a name that does not exist from a name without such a record", async () => {
    zone("acme.test", [["mail", "A", "127.0.0.1"]]);
    expect((await askEverywhere("mail.acme.test", "TXT")).servers[0]).toMatchObject({ outcome: "none" });
    expect((await askEverywhere("nothing.acme.test", "TXT")).servers[0]).toMatchObject({ outcome: "no_such_name" });
  });

  test("X8 asks the zone above where a domain is not registered", async () => {
    const { zone: found, servers: asked } = await askEverywhere("nobody-has-this.test", "TXT");
    expect(found).toBe("test");
    expect(outcomes(asked)).toEqual(["top.test no_such_name"]);
  });

  test("X8 joins the strings of one TXT record, and keeps records apart", async () => {
    zone("acme.test", [
      ["@", "TXT", ["token=", "abc"]],
      ["@", "TXT", "another"],
    ]);
    expect((await askEverywhere("acme.test", "TXT")).servers[0]!.records.sort()).toEqual(["another", "token=abc"]);
  });
});

describe("T26 hostile and broken name servers are survived", () => {
  const ask = () => askEverywhere("_muster-challenge.acme.test", "TXT");

  beforeEach(() => {
    zone("acme.test", [["_muster-challenge", "TXT", "token=abc"]]);
  });

  test("T26 time-outs: the other server counts, and nobody waits longer than the limit", async () => {
    servers.ns2.manners = manners.silent;
    const started = Date.now();
    expect(outcomes((await ask()).servers)).toEqual(["ns1.acme.test records", "ns2.acme.test timeout"]);
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  test("T26 three tries: the third one is heard", async () => {
    const proper = servers.ns1.manners;
    const heard: number[] = [];
    servers.ns1.manners = (query, ...rest) => {
      if (!query.includes("challenge")) return proper(query, ...rest);
      heard.push(query.readUInt16BE(0));
      if (heard.length === 3) proper(query, ...rest);
    };
    expect(outcomes((await ask()).servers)[0]).toBe("ns1.acme.test records");
    expect(new Set(heard).size).toBe(3);
  });

  test("T26 SERVFAIL, REFUSED, lame servers and closed ports are failures, never absence", async () => {
    servers.ns2.manners = manners.code(2);
    expect(outcomes((await ask()).servers)[1]).toBe("ns2.acme.test servfail");
    servers.ns2.manners = manners.code(5);
    expect(outcomes((await ask()).servers)[1]).toBe("ns2.acme.test refused");
    servers.ns2.manners = manners.lame(servers.ns2);
    expect(outcomes((await ask()).servers)[1]).toBe("ns2.acme.test lame");

    zone("closed.test", [["ns2", "A", "127.0.0.77"]], { by: ["ns1"] }).hosts.push("ns2.closed.test");
    const { servers: asked } = await askEverywhere("closed.test", "TXT");
    expect(outcomes(asked)).toEqual(["ns1.closed.test none", "ns2.closed.test unreachable"]);
  });

  test("T26 answers with a wrong id, from elsewhere or in garbage are as if they had not come", async () => {
    for (const forged of [manners.wrongId(servers.ns2), fromElsewhere(servers.ns2), manners.garbage]) {
      servers.ns2.manners = forged;
      expect(outcomes((await ask()).servers)).toEqual(["ns1.acme.test records", "ns2.acme.test timeout"]);
    }
  });

  test("T26 a forged answer before the true one changes nothing", async () => {
    const proper = servers.ns1.manners;
    const forged = manners.wrongId(servers.ns1);
    servers.ns1.manners = (...question) => {
      forged(...question);
      manners.garbage(...(question as unknown as Parameters<typeof manners.garbage>));
      proper(...question);
    };
    expect((await ask()).servers[0]).toMatchObject({ outcome: "records", records: ["token=abc"] });
  });

  test("T26 what does not fit into a packet is asked for over TCP", async () => {
    const value = "token=".padEnd(4_000, "x");
    zone("large.test", [["@", "TXT", value]]);
    expect((await askEverywhere("large.test", "TXT")).servers[0]).toMatchObject({
      outcome: "records",
      records: [value],
    });
  });

  test("T26 truncated without end, and 10 MB over TCP, end as failures", async () => {
    servers.ns2.manners = manners.truncated(servers.ns2);
    expect(outcomes((await ask()).servers)[1]).toBe("ns2.acme.test too_much");
    servers.ns2.manners = manners.flood;
    expect(outcomes((await ask()).servers)[1]).toBe("ns2.acme.test garbage");
  });

  test("T26 500 records are read, a thousand are not", async () => {
    const records = (count: number) =>
      Array.from({ length: count }, (_, n): ["@", "TXT", string] => ["@", "TXT", `record ${n}`]);
    zone("many.test", records(500));
    expect((await askEverywhere("many.test", "TXT")).servers[0]!.records).toHaveLength(500);
    zone("more.test", records(1_001));
    expect(outcomes((await askEverywhere("more.test", "TXT")).servers)[0]).toBe("ns1.more.test too_much");
  });

  test("T26 a CNAME is followed across zones, eight hops far, and a loop ends", async () => {
    zone("provider.test", [["spf", "TXT", "v=spf1 -all"]], { by: ["ns3"] });
    zone("alias.test", [
      ["a", "CNAME", "spf.provider.test"],
      ["loop", "CNAME", "pool.alias.test"],
      ["pool", "CNAME", "loop.alias.test"],
      ["self", "CNAME", "self.alias.test"],
      ["far", "CNAME", "far.provider2.test"],
      ...Array.from({ length: 10 }, (_, n): [string, "CNAME", string] => [`c${n}`, "CNAME", `c${n + 1}.alias.test`]),
    ]);
    zone("provider2.test", [["far", "CNAME", "far.alias.test"]], { by: ["ns3"] });

    expect((await askEverywhere("a.alias.test", "TXT")).servers[0]).toMatchObject({
      outcome: "records",
      records: ["v=spf1 -all"],
      aliases: ["spf.provider.test"],
    });
    for (const name of ["loop", "self", "far", "c0"]) {
      const { servers: asked } = await askEverywhere(`${name}.alias.test`, "TXT");
      expect(outcomes(asked)[0]).toBe("ns1.alias.test cname_loop");
    }
  });

  test("T26 a delegation is followed to who answers, also where resolvers cannot", async () => {
    zone("team.acme.test", [["_muster-challenge", "TXT", "token=team"]], { by: ["ns3"] });
    const question = "_muster-challenge.team.acme.test";
    expect(await askEverywhere(question, "TXT")).toMatchObject({
      zone: "team.acme.test",
      servers: [{ server: "ns3.team.acme.test", records: ["token=team"] }],
    });

    // The resolvers do not get through to the zone; its parent knows who is responsible.
    const parent = zone("broken.test", [["team", "NS", "ns3.team.broken.test"]]);
    resolver.zones.add(parent, ["ns3.team", "A", "127.0.0.4"]);
    servers.ns3.manners = manners.code(2);
    const { zone: found, servers: asked } = await askEverywhere("_x.team.broken.test", "TXT");
    expect([found, ...outcomes(asked)]).toEqual(["team.broken.test", "ns3.team.broken.test servfail"]);
  });

  test("T26 one resolver that was lied to proves nothing: those of the others are asked, too", async () => {
    const liar = new Zones();
    liar.put("acme.test", ["ns.evil.test"], [["_muster-challenge", "TXT", "token=evil"]]);
    liar.put("evil.test", ["ns.evil.test"], [["ns", "A", "127.0.0.4"]]);
    servers.ns3.zones = liar;
    servers.ns3.recursor.zones = liar;
    config.DNS_SERVERS.unshift(`127.0.0.4:${config.DNS_PORT}`);
    try {
      const { servers: asked } = await ask();
      expect(asked.map(({ server, records }) => `${server} ${records}`)).toEqual([
        "ns.evil.test token=evil",
        "ns1.acme.test token=abc",
        "ns2.acme.test token=abc",
      ]);

      // It sends everybody on to a zone of its own: nobody goes there while the domain's servers answer.
      liar.list = [];
      liar.put("acme.test", ["ns.evil.test"], [["_muster-challenge", "NS", "ns.evil.test"]]);
      liar.put("evil.test", ["ns.evil.test"], [["ns", "A", "127.0.0.4"]]);
      expect(outcomes((await ask()).servers)).toEqual([
        "ns.evil.test lame",
        "ns1.acme.test records",
        "ns2.acme.test records",
      ]);
    } finally {
      config.DNS_SERVERS.shift();
      servers.ns3.zones = new Zones();
      servers.ns3.recursor.zones = servers.ns3.zones;
    }
  });

  test("T73 in production name servers are asked at public addresses only", () => {
    const inside =
      "127.0.0.1 10.0.0.5 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 ::1 fe80::1 fd00::1 ::ffff:10.0.0.5";
    config.production = true;
    try {
      for (const address of inside.split(" ")) expect(placeOfServer(address)).toBeUndefined();
      expect(placeOfServer("9.9.9.9")).toEqual({ host: "9.9.9.9", port: config.DNS_PORT });
      expect(placeOfServer("2620:fe::fe")).toMatchObject({ host: "2620:fe::fe" });
    } finally {
      config.production = false;
    }
    expect(placeOfServer("no address")).toBeUndefined();
    expect(
      ["9.9.9.9", "9.9.9.9:5353", "[2620:fe::fe]:5353", "2620:fe::fe"].map((text) => nameOfPlace(placeOf(text))),
    ).toEqual(["9.9.9.9", "9.9.9.9:5353", "[2620:fe::fe]:5353", "2620:fe::fe"]);
  });

  test("T26 no resolver: nothing is known, and it is said", async () => {
    resolver.manners = manners.silent;
    expect(await ask()).toMatchObject({ zone: null, servers: [], resolvers: [{ outcome: "timeout" }] });
  });

  test("T26 at most 50 questions and half a minute a check", async () => {
    const inquiry = new Inquiry();
    for (let n = 0; n < 60; n++) await askEverywhere(`n${n}.acme.test`, "TXT", inquiry);
    expect(inquiry.left).toBe(0);
    expect((await askEverywhere("last.acme.test", "TXT", inquiry)).resolvers).toMatchObject([{ why: "unfinished" }]);
  });

  test("T26 names that no packet can hold, and signs that no page should show, do no harm", async () => {
    expect(await askEverywhere(`${"x".repeat(64)}.test`, "TXT")).toEqual({ zone: null, servers: [], resolvers: [] });
    zone("odd.test", [["@", "TXT", "a\u0000b\u202ec"]]);
    expect((await askEverywhere("odd.test", "TXT")).servers[0]!.records).toEqual(["a\\u{0}b\\u{202e}c"]);
  });
});
