import type { Right } from "../access/policy.ts";
import { called, type Giving, rightsOf } from "../grants/giving.ts";
import type { Grant } from "../grants/queries.ts";
import { Conflict, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

/** What waited unsaved until its own end had passed gives nothing any more. */
export function assertAhead(givings: Giving[]) {
  const over = givings.find(({ endsAt }) => endsAt && Date.parse(endsAt) <= Date.now());
  if (over)
    throw new Conflict(t("The last day of {right} is over. Choose a later one, or none.", { right: called(over) }));
}

/** Nobody keeps for themselves, by a new date or another way, what was given to them until a day. */
export function assertNoLonger(held: Grant[], givings: Giving[]) {
  const endOf = (right: Right) => {
    const covering = held.filter(
      (grant) =>
        grant.permissions.includes(right.permission) &&
        (grant.mailboxId === null || grant.mailboxId === (right.mailboxId ?? null)),
    );
    const lasts = covering.length === 0 || covering.some(({ endsAt }) => !endsAt);
    return lasts ? Infinity : Math.max(...covering.map(({ endsAt }) => Date.parse(endsAt!)));
  };
  for (const giving of givings) {
    const until = giving.endsAt ? Date.parse(giving.endsAt) : Infinity;
    if (rightsOf([giving]).some((right) => until > endOf(right)))
      throw new Forbidden(
        t("What was given to you until a day, you do not keep for longer yourself. Ask another administrator."),
      );
  }
}
