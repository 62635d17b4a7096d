import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createAccount } from "../../../src/accounts/create.ts";
import { db } from "../../../src/db/client.ts";
import { askRelease } from "../../../src/releases/ask.ts";
import { askOwnRelease } from "../../../src/releases/ask-own.ts";
import { releaseUser } from "../../../src/releases/release.ts";
import { Browser } from "../browser.ts";
import { password } from "../world.ts";
import { newestLink, placeOf, privateAddress } from "./steps.ts";
import { accountBy, actorIn, Idle, ownersOf, personIn, type World } from "./world.ts";

/**
 * X2 by deed, at the end of a walk: somebody whose profile is managed is let go by an administrator, somebody of a deleted
 * account lets themselves go; then they make an account, as somebody does who is their own. The last of them signs in.
 */
export async function thereIsAWayOut(world: World): Promise<void> {
  let latest = "";
  const ways = new Set<string>();
  for (const who of world.people.keys()) {
    const person = await personIn(world, who).catch((error) => {
      if (error instanceof Idle) return undefined;
      throw error;
    });
    if (!person) continue;
    const managed = person.corporateAccountId;
    // One of each kind: the same people as in the other walks would only go the same way again.
    const way = !managed ? "own" : (await accountBy(managed)).deletedAt ? "by themselves" : "by an administrator";
    if (ways.has(way)) continue;
    if (managed && !(await leave(world, person, managed))) continue;
    const free = await personIn(world, who);
    expect(free.corporateAccountId, `X2 ${person.email} is managed still`).toBeNull();
    await createAccount(free, { name: "A way out" });
    latest = free.email;
    ways.add(way);
  }
  if (latest) await new Browser().signIn(latest, password);
}

/** False for the only Owner of the account that manages them: they have every way themselves. */
async function leave(world: World, person: Awaited<ReturnType<typeof personIn>>, from: string): Promise<boolean> {
  const home = await accountBy(from);
  const email = privateAddress(world);
  if (home.deletedAt) {
    await db.execute(
      sql`update accounts set deleted_at = least(deleted_at, now() - interval '31 days') where id = ${from}`,
    );
    await askOwnRelease(person, { email, confirmation: password });
  } else {
    if ((await ownersOf(home)).every((id) => id === person.userId)) return false;
    const place = await placeOf(home, person.userId);
    await askRelease(await actorIn(home, "users.delete", person.userId), place.id, { email });
  }
  await releaseUser(await newestLink(person.userId, "release"), { confirmation: password }, {});
  return true;
}
