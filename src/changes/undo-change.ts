import type { Actor } from "../access/actor.ts";
import { keyOf } from "../grants/giving.ts";
import type { Member } from "../members/queries.ts";
import { stage } from "./stage.ts";

/** Takes back one pending change: `change` is the key of what would be given, or the id of the grant that would end. */
export const undoChange = (actor: Actor, memberId: string, change: string): Promise<Member> =>
  stage(actor, memberId, ({ pending }) => ({
    adds: pending.adds.filter((add) => keyOf(add) !== change),
    ends: pending.ends.filter((id) => id !== change),
  }));
