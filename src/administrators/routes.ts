import { Router } from "express";
import { signedIn } from "../access/guard.ts";
import { personOf } from "../access/person.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { administratorsOf } from "./queries.ts";

/** Who may manage the visitor, at /profile/administrators: also for people without any right, and never hidden from them. */
export const ownAdministrators = Router();

ownAdministrators.get("/", signedIn(), async (req, res) =>
  page(res, "administrators/index", {
    title: t("Your administrators"),
    accounts: await administratorsOf(personOf(req).userId),
  }),
);
