import { Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { fragment, page } from "../http/render.ts";
import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { isNarrowed, listPath, readFilters, type Sort } from "./filters.ts";
import { findList } from "./page.ts";
import { activePills, filterMenus, sortHead } from "./pills.ts";
import { showRows } from "./rows.ts";

export const directory = Router();

/** The list, or only its rows for the live search and the pages of it: one handler, one partial. */
directory.get("/", allow("users.view"), async (req, res) => {
  const { actor } = req;
  const mayInvite = can(actor, "invites.send");
  const filters = readFilters(req.query, mayInvite);
  const { page: found, frame } = await findList(actor, filters, mayInvite);

  const locals = {
    title: t("Users"),
    filters,
    rows: showRows(actor, found),
    place: found,
    total: frame.total > frame.cap ? `${formatNumber(frame.cap)}+` : formatNumber(frame.total),
    frame,
    narrowed: isNarrowed(filters),
    pills: activePills(filters, frame),
    menus: filterMenus(filters, frame, mayInvite),
    head: (sort: Sort) => sortHead(filters, sort),
    link: (changes: Parameters<typeof listPath>[1]) => listPath(filters, changes),
    selectable: (
      ["invites.send", "invites.revoke", "users.create", "users.block", "users.delete", "users.edit"] as const
    ).some((key) => can(actor, key)),
  };
  if (req.get("HX-Request")) return fragment(res, "directory/_fragment", locals);
  return page(res, "directory/index", locals);
});
