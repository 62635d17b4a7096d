import { Router } from "express";
import { allow } from "../access/guard.ts";
import { readForm } from "../http/form.ts";
import { page } from "../http/render.ts";
import { logPage } from "./forms.ts";
import { memberLog } from "./history.ts";
import { openEditPage } from "./page.ts";

/** The Log tab: what happened to one user. */
export const userLog = Router();

userLog.get("/:id/log", allow("audit.view"), async (req, res) => {
  const edit = await openEditPage(req.actor, req.params.id, "audit.view");
  const { before } = readForm(logPage, req.query).values;
  const { lines, next } = await memberLog(edit.member, before);
  return page(res, "rights/log", { title: edit.name, ...edit, tab: "log", log: lines, next, before });
});
