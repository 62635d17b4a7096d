import { beforeAll, describe, expect, test } from "vitest";
import { asset } from "../src/http/assets.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import { everyRoute, household, nameOfRoute, pages } from "./support/sweep.ts";
import { password } from "./support/world.ts";

let home: Home;
let browser: Browser;

beforeAll(async () => {
  home = await household("Northwind");
  browser = await browserOf(home.user, home.account);
});

type Headers = Record<string, string>;

function expectSafe(headers: Headers, at: string) {
  const policy = headers["content-security-policy"] ?? "";
  expect(policy, at).toContain("default-src 'self'");
  for (const part of ["base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'", "form-action 'self'"])
    expect(policy, at).toContain(part);
  expect(policy, at).not.toMatch(/unsafe|\*|https?:/);
  expect(headers["x-content-type-options"], at).toBe("nosniff");
  expect(headers["x-frame-options"], at).toBe("DENY");
  expect(headers["referrer-policy"], at).toMatch(/^(same-origin|no-referrer)$/);
  expect(headers["cross-origin-opener-policy"], at).toBe("same-origin");
  expect(headers["x-powered-by"], at).toBeUndefined();
  expect(headers.server, at).toBeUndefined();
  expect(headers["access-control-allow-origin"], at).toBeUndefined();
}

/** What somebody else wrote is shown in a frame that runs and loads nothing. */
function expectSandboxed(headers: Headers) {
  const policy = headers["content-security-policy"] ?? "";
  expect(policy).toMatch(/^sandbox\b/);
  expect(policy).not.toContain("allow-scripts");
  for (const part of ["default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"])
    expect(policy).toContain(part);
  expect(headers["x-content-type-options"]).toBe("nosniff");
}

/** T89: a file is saved, never shown, and would run nothing if it were. */
function expectDownload(headers: Headers, at: string) {
  expect(headers["content-disposition"], at).toMatch(/^attachment; filename/);
  expect(headers["content-security-policy"], at).toBe("sandbox; frame-ancestors 'none'");
  expect(headers["x-content-type-options"], at).toBe("nosniff");
}

/** A picture of somebody's: with the type that it was looked at to have, in a box where nothing runs or loads. */
function expectPicture(headers: Headers) {
  expect(headers["content-type"]).toBe("image/png");
  expect(headers["content-security-policy"]).toBe("default-src 'none'; sandbox; frame-ancestors 'none'");
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(headers["set-cookie"]).toBeUndefined();
}

describe("T66 every answer carries the policy", () => {
  test("T66 pages, forms and refusals of every route, for visitors, strangers and htmx", async () => {
    for (const [at, line] of everyRoute().entries()) {
      const path = fill(line.path, await samplesFor(line.path, home));
      for (const visitor of [browser, new Browser()]) {
        // Strangers see few pages: they ask in turn.
        const ways = [{}, { "HX-Request": "true" }];
        for (const htmx of visitor === browser ? ways : [ways[at % 2]!]) {
          const answer = await (line.method === "GET" ? visitor.get(path) : visitor.agent.post(path).redirects(0)).set(
            htmx,
          );
          if (line.path === "/logos/:hash") {
            expectPicture(answer.headers);
            continue;
          }
          if (line.path === "/dev/inbox/:id/body") expectSandboxed(answer.headers);
          else if (answer.headers["content-disposition"]) expectDownload(answer.headers, nameOfRoute(line));
          else expectSafe(answer.headers, nameOfRoute(line));
          expect(answer.headers["cache-control"], nameOfRoute(line)).toContain("no-store");
        }
      }
    }
  }, 60_000);

  test("T66 errors and assets", async () => {
    for (const path of [
      "/nothing/here",
      "/sign-in?a[b]=1",
      "/%",
      "/healthz",
      "/readyz",
      "/assets/x/app.css",
      "/assets/x/none",
    ]) {
      const answer = await browser.get(path);
      expectSafe(answer.headers, path);
      expect(answer.headers["cache-control"] ?? "no-store", path).toContain("no-store");
    }
    for (const name of ["app.css", "app.js", "htmx.js", "icons.svg", "favicon.svg"]) {
      const answer = await browser.get(asset(name)).expect(200);
      expectSafe(answer.headers, name);
      expect(answer.headers["cache-control"]).toContain("immutable");
      expect(answer.headers["set-cookie"], name).toBeUndefined();
    }
  });

  test("T66 a page behind a mailed link sends no address onwards", async () => {
    const secrets = pages().filter(({ path }) => path.includes(":token"));
    for (const line of secrets) {
      const path = fill(line.path, await samplesFor(line.path, home));
      const answer = await new Browser().get(path);
      expect([nameOfRoute(line), answer.headers["referrer-policy"]]).toEqual([nameOfRoute(line), "no-referrer"]);
    }
  });
});

describe("T47 the session's cookie", () => {
  const cookiesOf = (headers: Headers) => (headers as unknown as Record<string, string[]>)["set-cookie"] ?? [];

  test("T47 over http: HttpOnly, SameSite=Lax, for the whole site, without prefix", async () => {
    const answer = await new Browser().post("/sign-in", { email: home.user.email, password }).expect(303);
    expect(cookiesOf(answer.headers).some((cookie) => cookie.startsWith("muster="))).toBe(true);
    for (const cookie of cookiesOf(answer.headers)) {
      expect(cookie).toMatch(/^muster(-\w+)?=/);
      expect(cookie).toContain("HttpOnly");
      expect(cookie).toContain("SameSite=Lax");
      expect(cookie).toContain("Path=/;");
      expect(cookie).not.toMatch(/Domain=|Secure/);
    }
  });

  test("T47 nobody gets one for looking around", async () => {
    for (const path of ["/sign-in", "/nothing", "/healthz"]) {
      expect((await new Browser().get(path)).headers["set-cookie"], path).toBeUndefined();
    }
  });
});
