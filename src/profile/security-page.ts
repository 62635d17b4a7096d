import type { Request, Response } from "express";
import { personOf } from "../access/person.ts";
import { factorsOf } from "../factors/queries.ts";
import { blankForm, type Form } from "../http/form.ts";
import { page } from "../http/render.ts";
import { hashed } from "../http/session-row.ts";
import { t } from "../i18n/t.ts";
import { sessionsOf } from "../sessions/queries.ts";
import { trustedDevicesOf } from "../trusted-devices/queries.ts";

/** The Security tab: factors, trusted devices, password, address, sessions. A form that was refused is shown again with what was typed. */
export async function securityPage(
  req: Request,
  res: Response,
  refused: { password?: Form<unknown>; address?: Form<unknown> } = {},
) {
  const person = personOf(req);
  const form = refused.password ?? refused.address;
  return page(form ? res.status(form.status ?? 422) : res, "profile/security", {
    title: t("Security"),
    factors: await factorsOf(person.userId),
    devices: await trustedDevicesOf(person.userId, req),
    sessions: await sessionsOf(person.userId, hashed(req.sessionID)),
    passwordForm: refused.password ?? blankForm(),
    addressForm: refused.address ?? blankForm(),
  });
}
