import { type Actor, can } from "../access/actor.ts";
import { permissions } from "../access/permissions.ts";
import { Forbidden } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

const readsTheLog = permissions["audit.view"];

/**
 * D9: a webhook sends what the audit log says to wherever its address leads. Who may not read the log must not have it
 * sent to themselves.
 */
export function assertMayTell(actor: Actor): void {
  if (can(actor, "audit.view")) return;
  throw new Forbidden(
    t("A webhook tells what the audit log says. You need the permission “{permission}” for this.", {
      permission: t(readsTheLog.title),
    }),
  );
}
