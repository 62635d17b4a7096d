import type { z } from "zod";
import type { Actor } from "../access/actor.ts";
import { recordEvent } from "../audit/record.ts";
import { db } from "../db/client.ts";
import { orderPasswordMail } from "../first-passwords/order-mail.ts";
import { takeTurns } from "../invites/draft.ts";
import { type Member, subjectOf } from "../members/queries.ts";
import { phoneToStore } from "../profile/phone.ts";
import { type createForm, joined } from "./forms.ts";
import { makeCorporateUser } from "./make.ts";

/** Creates one corporate user (A47–A50), who gets a mail to create a password. Rights follow on the next page (A51). */
export function createUser(actor: Actor, typed: z.infer<typeof createForm>): Promise<Member> {
  const { firstName, lastName, personalMailbox } = typed;
  const email = joined(typed) ?? "";
  return db.transaction(async (tx) => {
    await takeTurns(tx, actor, email);
    const phone = (await phoneToStore(tx, typed.phone)) ?? null;
    const guestUntil = typed.until ? new Date(typed.until) : null;
    const wanted = { email, firstName, lastName, phone, personalMailbox, guestUntil };
    const member = await makeCorporateUser(tx, actor, wanted, "local");
    await orderPasswordMail(tx, member);
    const after = {
      email,
      firstName,
      lastName,
      status: member.status,
      personalMailbox,
      ...(guestUntil && { guestUntil }),
    };
    await recordEvent(tx, actor, "user.created", subjectOf(member), { after });
    return member;
  });
}
