import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { newestMembers } from "./page.ts";

export const directory = Router();

directory.get("/", allow("users.view"), async (req, res) => {
  const rows = await newestMembers(req.actor.accountId, 25);
  return page(res, "directory/index", { title: t("Users"), rows, nameOf });
});
