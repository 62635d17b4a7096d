import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { historyPage } from "./forms.ts";
import { signInsOf } from "./queries.ts";

/** One's own sign-ins, at /profile/security. */
export const ownSignIns = Router();

ownSignIns.get("/sign-ins", signedIn(), async (req, res) => {
  const { before } = readForm(historyPage, req.query).values;
  const history = await signInsOf(personOf(req).userId, before);
  return page(res, "sign-ins/own", { title: t("Sign-ins"), ...history, before });
});
