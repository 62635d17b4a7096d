import { describe, expect, test } from "vitest";
import { registerUser } from "../src/auth/register.ts";
import { db } from "../src/db/client.ts";
import { create, eventsOf, grantsOf, password, reloadMember } from "./support/world.ts";

const person = (email: string) => ({
  email,
  firstName: "Ana",
  lastName: "Sol",
  password,
  locale: "en" as const,
  timeZone: "Europe/Berlin",
});
const register = (email: string) => db.transaction((tx) => registerUser(tx, person(email)));

describe("a new person", () => {
  test("A26 gets a profile, an account they own, and a mailbox with an address of its own", async () => {
    const [first, second] = [await register("ana.sol@one.test"), await register("ana.sol@two.test")];
    expect(first.account).toMatchObject({ kind: "personal", name: "Ana Sol" });
    expect(await grantsOf(first.member.id)).toEqual(["owner"]);
    expect(await eventsOf(first.account.id)).toEqual(["user.registered"]);
    expect(first.user.defaultMailboxId).not.toBe(second.user.defaultMailboxId);
  });

  test("D4 finds the invitations that wait for the address, still to be answered", async () => {
    const waiting = await create.member(await create.account(), null, { email: "late@one.test" });
    const { user } = await register("late@one.test");
    expect(await reloadMember(waiting.id)).toMatchObject({ userId: user.id, status: "invited" });
  });

  test("cannot take an address that is registered", async () => {
    await register("twice@one.test");
    await expect(register("twice@one.test")).rejects.toMatchObject({ status: 409 });
  });
});
