import { expect } from "vitest";
import { story } from "../support/site.ts";
import { letterTo } from "../support/visitor.ts";
import { create, grantsOf, reloadMember } from "../support/world.ts";

story(
  "an owner offboards somebody: looks ahead, hands a mailbox over, reads the receipt, restores",
  async ({ visitor }) => {
    const account = await create.account({ name: "Northwind" });
    const ada = await create.colleague(account, ["owner"], { firstName: "Ada", lastName: "Okafor" });
    const lea = await create.colleague(account, ["viewer"], { firstName: "Lea", lastName: "Vermeer" });
    const tom = await create.colleague(account, [], { firstName: "Tom", lastName: "Zeller" });
    const press = await create.mailbox(account, { name: "Press" });
    await create.grant(lea.member, { systemRole: "mailbox_owner" }, press);

    const one = await (await visitor()).signIn(ada.user.email);
    await one.open("/admin/users");
    await one.choose("Offboard", "Lea Vermeer");
    await one.sees("Decide about these", "Press", "Nobody else manages it");
    await one.press("Look what will happen");
    await one.sees("nobody else looks after it");
    await one.fill({ "Find people to choose from": "zeller" });
    await one.press("Search");
    await one.fill({ "Who gets Press": `Tom Zeller (${tom.user.email})`, Note: "Good luck" });
    await one.press("Look what will happen");
    await one.sees("This will happen now", "Mailbox owner: Tom Zeller", "Good luck");
    await one.press("Change");
    expect(await one.page.getByLabel("Note").inputValue()).toBe("Good luck");
    await one.press("Look what will happen");
    expect((await reloadMember(lea.member.id)).status).toBe("active");

    await one.fill({ [`Type “${lea.user.email}” to confirm`]: lea.user.email });
    await one.press("Offboard now");
    await one.sees("It is done", "Nothing left", "Now: Tom Zeller");
    expect(await grantsOf(tom.member.id)).toEqual([`mailbox_owner@${press.id}`]);
    expect((await letterTo(tom.user.email)).subject).toContain("You take over from Lea Vermeer");
    await one.press("Check again");
    await one.sees("Looked again");
    await one.press("Restore");
    await one.sees("Lea Vermeer is back", "User restored");
    expect((await reloadMember(lea.member.id)).status).toBe("active");
  },
);
