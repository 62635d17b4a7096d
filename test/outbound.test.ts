import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { config, environment } from "../src/config.ts";
import { OutboundError, outboundCodes, outboundWords } from "../src/outbound/error.ts";
import { outboundFetch } from "../src/outbound/fetch.ts";
import { isAllowed } from "../src/outbound/judge.ts";
import { canonicalHost, resolveAllowed } from "../src/outbound/resolve.ts";
import { selfSigned } from "./support/certificates.ts";
import { freshDns, manners, resolver, zone } from "./support/name-server.ts";

const open: Server[] = [];
const met: { url: string; headers: Record<string, unknown> }[] = [];

/** A receiver on loopback: what it met is in `met`; where it is told to, it misbehaves. */
async function receiver(host = "127.0.0.1", tls?: { key: string; cert: string }): Promise<number> {
  const server = tls ? createTlsServer(tls) : createServer();
  server.on("request", (req, res) => {
    met.push({ url: req.url ?? "", headers: req.headers });
    if (req.url === "/silent") return;
    if (req.url === "/drip") return void setInterval(() => res.write("a"), 50).unref();
    if (req.url === "/away") return void res.writeHead(302, { location: "http://127.0.0.1:1/secret" }).end();
    if (req.url === "/large") return void res.end("x".repeat(100_000));
    if (req.url === "/none") return void res.writeHead(204).end();
    req.pipe(res.writeHead(req.method === "POST" ? 201 : 404, { "set-cookie": "a=b", "x-more": "1" }));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  open.push(server as Server);
  return (server.address() as AddressInfo).port;
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "nothing failed",
    (error: unknown) => (error instanceof OutboundError ? error.code : `not ours: ${String(error)}`),
  );
const fetched = (url: string, limits = { maxBytes: 1000 }) => outboundFetch(url, {}, limits);

beforeEach(() => {
  freshDns();
  met.length = 0;
  config.OUTBOUND_ALLOW = [];
  config.OUTBOUND_TIMEOUT_MS = 5000;
  config.DNS_TIMEOUT_MS = 3000;
});
afterAll(() => {
  for (const server of open) {
    server.closeAllConnections();
    server.close();
  }
});

describe("which addresses Muster connects to on somebody's word", () => {
  const publics = [
    "8.8.8.8",
    "1.1.1.1",
    "172.15.0.1",
    "172.32.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
  ];
  const others = [
    ...[
      "0.0.0.0",
      "0.1.2.3",
      "127.0.0.1",
      "127.255.255.254",
      "10.0.0.1",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
    ],
    ...["169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7"],
    ...["203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255"],
    ...[
      "::",
      "::1",
      "::10.0.0.1",
      "::8.8.8.8",
      "::ffff:10.0.0.1",
      "::ffff:7f00:1",
      "::ffff:0:127.0.0.1",
      "64:ff9b::10.0.0.1",
    ],
    ...[
      "64:ff9b::7f00:1",
      "64:ff9b::a9fe:a9fe",
      "64:ff9b:1::8.8.8.8",
      "2002:7f00:1::",
      "2002:808:808::1",
      "2001::1",
      "2001:db8::1",
    ],
    ...[
      "fe80::1",
      "fe80::1%eth0",
      "fec0::1",
      "fc00::1",
      "fd12::1",
      "ff02::1",
      "100::1",
      "5f00::1",
      "3fff::1",
      "4000::1",
    ],
    ...["", "localhost", "8.8.8.8/8", "8.8.8.8 ", "1.2.3.4.5", "2606:4700::1111%1"],
  ];
  test.each(publics)("T73 %s is public", (address) => expect(isAllowed(address)).toBe(true));
  test.each(others)("T73 %j is none of them", (address) => expect(isAllowed(address)).toBe(false));

  test("T73 the operator may allow networks besides, and only what lies in them", () => {
    config.OUTBOUND_ALLOW = ["10.0.0.0/8", "::1", "127.0.0.5"];
    for (const address of ["10.9.8.7", "::ffff:10.0.0.1", "::1", "127.0.0.5"]) expect(isAllowed(address)).toBe(true);
    for (const address of ["11.0.0.1x", "127.0.0.1", "::2", "64:ff9b::10.0.0.1"])
      expect(isAllowed(address)).toBe(false);
  });

  const hosts: [string, string | undefined][] = [
    ["127.1", "127.0.0.1"],
    ["0", "0.0.0.0"],
    ["2130706433", "127.0.0.1"],
    ["0x7f.1", "127.0.0.1"],
    ["0177.0.0.01", "127.0.0.1"],
    ["127.0.0.1.", "127.0.0.1"],
    ["１２７．0．0．1", "127.0.0.1"],
    ["[::FFFF:10.0.0.1]", "::ffff:a00:1"],
    ["Mail.Example.COM.", "mail.example.com"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["ⓔxample.com", "example.com"],
    ["user@host.test", undefined],
    ["host.test:993", undefined],
    ["host.test/x", undefined],
    ["127.0.0.1#a.test", undefined],
    ["a%2eb", undefined],
    ["fe80::1%lo", undefined],
    ["a b", undefined],
    ["a..b", undefined],
    [".", undefined],
    ["", undefined],
    [`${"a".repeat(64)}.test`, undefined],
  ];
  test.each(hosts)("T73 the host %j is read as %j", (host, name) => expect(canonicalHost(host)).toBe(name));
});

describe("looking a host up", () => {
  test("T73 a name that leads inside is refused, and one that leads both ways leads outside only", async () => {
    zone("trick.test", [
      ["inside", "A", "10.0.0.1"],
      ["six", "AAAA", "::ffff:169.254.169.254"],
      ["both", "A", "127.0.0.1"],
      ["both", "A", "8.8.8.8"],
      ["both", "AAAA", "2606:4700::1111"],
    ]);
    expect(await codeOf(resolveAllowed("inside.trick.test"))).toBe("not_allowed");
    expect(await codeOf(resolveAllowed("six.trick.test"))).toBe("not_allowed");
    expect(await codeOf(resolveAllowed("0x7f000001"))).toBe("not_allowed");
    expect(await resolveAllowed("both.trick.test")).toEqual(["8.8.8.8", "2606:4700::1111"]);
    expect(await codeOf(resolveAllowed("nothing.trick.test"))).toBe("no_such_host");
  });

  test("T73 servers that say nothing or that they cannot are no proof that there is no such host", async () => {
    config.DNS_TIMEOUT_MS = 200;
    for (const manner of [manners.silent, manners.code(2)]) {
      resolver.manners = manner;
      expect(await codeOf(resolveAllowed("mail.trick.test"))).toBe("timeout");
    }
  });
});

describe("a request to an address that somebody typed", () => {
  test("T73 reaches no private address by any spelling, and no connection is tried", async () => {
    const port = await receiver();
    config.OUTBOUND_ALLOW = ["127.9.9.9"];
    zone("trick.test", [["inside", "A", "127.0.0.1"]]);
    const spelled = [
      "127.1",
      "2130706433",
      "0x7f000001",
      "0177.1",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "0",
      "inside.trick.test",
      "127.0.0.1.",
    ];
    for (const host of spelled) expect(await codeOf(fetched(`http://${host}:${port}/`))).toBe("not_allowed");
    for (const url of [`http://a:b@127.9.9.9:${port}/`, "ftp://8.8.8.8/", "file:///etc/passwd", "no url"])
      expect(await codeOf(fetched(url))).toBe("not_allowed");
    expect(await codeOf(fetched("http://8.8.8.8:25/"))).toBe("port_not_allowed");
    expect(met).toEqual([]);
  });

  test("T73 a name server that answers differently the second time changes nothing: the address is pinned", async () => {
    const port = await receiver("127.0.0.7");
    const inside = await receiver("127.0.0.8");
    config.OUTBOUND_ALLOW = ["127.0.0.7"];
    const rebinding = zone("rebinding.test", [["hook", "A", "127.0.0.7"]]);
    let asked = 0;
    const proper = resolver.manners;
    resolver.manners = (query, carrier, send, from) => {
      if (query.includes("hook")) asked += 1;
      proper(query, carrier, send, from);
      if (query.includes("hook") && asked >= 1)
        rebinding.records = zone("rebinding.test", [["hook", "A", "127.0.0.8"]]).records;
    };
    expect((await fetched(`http://hook.rebinding.test:${port}/first`)).status).toBe(404);
    expect(asked).toBe(2);
    expect(met.map(({ url }) => url)).toEqual(["/first"]);
    expect(met[0]!.headers.host).toBe(`hook.rebinding.test:${port}`);
    // Asked anew, the name leads inside: it is judged anew.
    expect(await codeOf(fetched(`http://hook.rebinding.test:${inside}/second`))).toBe("not_allowed");
    expect(met).toHaveLength(1);
  });

  test("T73 follows no redirect, keeps no cookie, asks no proxy, and caps time and size", async () => {
    const port = await receiver();
    config.OUTBOUND_ALLOW = ["127.0.0.0/8"];
    process.env.http_proxy = process.env.HTTP_PROXY = "http://127.0.0.1:1";
    const base = `http://127.0.0.1:${port}`;
    const answer = await outboundFetch(
      `${base}/post`,
      { method: "POST", body: "hello", headers: { "x-a": "b" } },
      { maxBytes: 5 },
    );
    delete process.env.http_proxy;
    delete process.env.HTTP_PROXY;
    expect([answer.status, answer.headers.get("x-more"), await answer.text()]).toEqual([201, "1", "hello"]);
    expect(await codeOf(fetched(`${base}/away`))).toBe("redirect");
    expect(await codeOf(fetched(`${base}/large`))).toBe("too_large");
    const cut = await outboundFetch(`${base}/large`, {}, { maxBytes: 100, cut: true });
    expect(await cut.text()).toBe("x".repeat(100));
    expect((await fetched(`${base}/none`)).status).toBe(204);
    expect(met.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(await codeOf(fetched("http://127.0.0.1:1/"))).toBe("refused");
    config.OUTBOUND_TIMEOUT_MS = 500;
    expect(await Promise.all([codeOf(fetched(`${base}/silent`)), codeOf(fetched(`${base}/drip`))])).toEqual([
      "timeout",
      "timeout",
    ]);
  });

  test("T73 takes no certificate that nobody known has signed", async () => {
    const port = await receiver("127.0.0.1", selfSigned("localhost"));
    config.OUTBOUND_ALLOW = ["127.0.0.1"];
    expect(await codeOf(fetched(`https://127.0.0.1:${port}/`))).toBe("certificate");
    expect(met).toEqual([]);
  });

  test("every failure has words of its own, and settings that name no network are refused", () => {
    expect(new Set(outboundCodes.map(outboundWords)).size).toBe(outboundCodes.length);
    expect(outboundWords("nobody knows this")).toBe(outboundWords("unreachable"));
    const read = environment.safeParse({ OUTBOUND_ALLOW: "10.0.0.0/8,example.com" });
    expect(read.error?.issues.map(({ path }) => path[0])).toEqual(["OUTBOUND_ALLOW"]);
  });
});
