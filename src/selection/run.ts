import type { Actor } from "../access/actor.ts";
import { can } from "../access/actor.ts";
import { actorOf, loadVisitor, nameOf } from "../access/load-actor.ts";
import { permissions } from "../access/permissions.ts";
import { AppError, Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";
import { log } from "../log.ts";
import { type Action, actions } from "./actions.ts";
import type { ActionName, Selection } from "./forms.ts";
import { selectedMembers } from "./queries.ts";

/** How it went for one member: `reason` says why not; `unchanged`: it was so already, and nothing happened. */
export interface Line {
  id: string;
  name: string;
  email: string;
  reason?: string;
  unchanged?: boolean;
}

export interface Verdict {
  /** One session, many accounts: it is shown in its own only. */
  accountId: string;
  action: ActionName;
  lines: Line[];
}

/** A verdict as the session keeps it, with the list that it leads back to: filters and place as they were left. */
export type KeptVerdict = Verdict & { back: string };

/** The action, where the actor may do it at all (403). */
export function allowedAction(actor: Actor, name: ActionName): Action {
  const action = actions[name];
  if (can(actor, action.permission)) return action;
  throw new Forbidden(
    t("You need the permission “{permission}” for this.", { permission: t(permissions[action.permission].title) }),
  );
}

/**
 * Does it with each of the selection in turn, in a transaction of its own: one that is refused keeps no other away. An id
 * that is not the account's is 404, before anything happens.
 */
export async function runSelection(actor: Actor, chosen: Selection): Promise<Verdict> {
  const { verb } = allowedAction(actor, chosen.action);
  const lines: Line[] = [];
  for (const member of await selectedMembers(actor.accountId, chosen.members)) {
    const line = { id: member.id, name: nameOf(member), email: member.email };
    const now = await stillAllowed(actor, chosen.action);
    let unchanged = true;
    // Whatever changes something writes an event.
    const onChange = async () => {
      unchanged = false;
    };
    const done = now
      ? verb({ ...now, onChange }, member.id, chosen)
      : Promise.reject(new Forbidden(t("You may not do this")));
    const reason = await done.then(
      () => undefined,
      (error: unknown) => reasonOf(error),
    );
    lines.push({ ...line, reason, unchanged: !reason && unchanged });
  }
  return { accountId: actor.accountId, action: chosen.action, lines };
}

/** T38: a selection takes its time, so what the actor may do is read anew for each of it, as for each click. */
async function stillAllowed(actor: Actor, action: ActionName): Promise<Actor | undefined> {
  const visitor = actor.userId ? await loadVisitor(actor.userId, actor.accountId) : undefined;
  const now = visitor && actorOf(visitor, { id: actor.requestId, ip: actor.ip });
  return now?.accountId === actor.accountId && can(now, actions[action].permission) ? now : undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message;
  log.error({ err: error }, "one of a selection failed");
  return t("Something went wrong. Nothing was changed here; try again.");
}
