import type { Actor } from "../access/actor.ts";
import { keyOf } from "../grants/giving.ts";
import type { Member } from "../members/queries.ts";
import { stage } from "./stage.ts";

/** Takes back one pending change: `change` is the key of what would be given, or the id of the grant that would end, or end otherwise. */
export const undoChange = (actor: Actor, memberId: string, change: string): Promise<Member> =>
  stage(actor, memberId, ({ held, pending }) => {
    const dated = held.find(({ id }) => id === change);
    const keys = [change, dated && keyOf(dated)];
    return {
      adds: pending.adds.filter((add) => !keys.includes(keyOf(add))),
      ends: pending.ends.filter((id) => id !== change),
    };
  });
