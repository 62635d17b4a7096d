import { beforeAll, expect, test } from "vitest";
import { can } from "../src/access/actor.ts";
import { actorOf, loadVisitor } from "../src/access/load-actor.ts";
import { Browser, browserOf } from "./support/browser.ts";
import { formsIn, linksIn } from "./support/forms.ts";
import { fill, type Home, samplesFor } from "./support/samples.ts";
import { household, pages, routeTo } from "./support/sweep.ts";
import { create, type User } from "./support/world.ts";

/** B5: nothing dead and nothing forbidden is shown. Every link is followed, every form's door is checked. */
let home: Home;
let viewer: User;

beforeAll(async () => {
  home = await household("Northwind");
  ({ user: viewer } = await create.colleague(home.account, ["viewer"]));
});

async function deadEnds(browser: Browser, user: User | undefined): Promise<string[]> {
  const visitor = user && (await loadVisitor(user.id, home.account.id));
  const actor = visitor && actorOf(visitor, {});
  const followed = new Set<string>();
  const dead: string[] = [];
  for (const line of pages()) {
    const path = fill(line.path, await samplesFor(line.path, home));
    const page = await browser.get(path);
    if (page.status !== 200 || !/html/.test(page.headers["content-type"] ?? "")) continue;

    for (const target of linksIn(page.text, path)) {
      if (followed.has(target)) continue;
      const { status } = await browser.get(target);
      followed.add(target);
      if (status >= 400) dead.push(`${line.path} links to ${target}: ${status}`);
    }
    for (const form of formsIn(page.text, path)) {
      for (const action of [form.action, ...form.others]) {
        const target = routeTo(form.method, action) ?? routeTo("GET", action);
        if (!target) dead.push(`${line.path} has a form for ${form.method} ${action}, which is nowhere`);
        const right = target?.guard?.permission;
        if (right && actor && !can(actor, right)) dead.push(`${line.path} offers ${action} without ${right}`);
      }
    }
  }
  return [...new Set(dead)];
}

test("B5 an owner finds no dead link and no dead form", async () => {
  expect(await deadEnds(await browserOf(home.user, home.account), home.user)).toEqual([]);
}, 120_000);

test("B5 a viewer is shown nothing that they may not do", async () => {
  expect(await deadEnds(await browserOf(viewer, home.account), viewer)).toEqual([]);
}, 120_000);

test("B5 a visitor without a session finds no dead link", async () => {
  expect(await deadEnds(new Browser(), undefined)).toEqual([]);
}, 120_000);
