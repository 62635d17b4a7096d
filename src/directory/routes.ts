import { Router } from "express";
import { type Actor, can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { fragment, keptPage, page } from "../http/render.ts";
import { expectAgain } from "../http/session.ts";
import { formatNumber } from "../i18n/format.ts";
import { t } from "../i18n/t.ts";
import { backToList } from "../members/back.ts";
import { type Filters, isNarrowed, listPath, readFilters, type Sort } from "./filters.ts";
import type { Frame } from "./frame.ts";
import { findList, findRow, type ListPage } from "./page.ts";
import { activePills, filterMenus, sortHead } from "./pills.ts";
import { askedWhy, showRows } from "./rows.ts";

export const directory = Router();

type Link = (changes: Parameters<typeof listPath>[1]) => string;

/** What the row of filters shows. It is kept by its values; functions do not count among them, and follow from the others. */
const offeredFilters = (filters: Filters, frame: Frame, mayInvite: boolean, link: Link) => ({
  filters: { ...filters, after: "", before: "" },
  narrowed: isNarrowed(filters),
  pills: activePills(filters, frame),
  options: frame.options,
  mayInvite,
  menus: () => filterMenus(filters, frame, mayInvite),
  link,
});

/**
 * The list, or only its rows for the live search and the pages of it: one handler, one partial. What the page shows follows
 * from the filters, the frame, what the rows say, and the visitor; who can be restored also from the time.
 */
directory.get("/", allow("users.view"), async (req, res) => {
  const { actor } = req;
  const mayInvite = can(actor, "invites.send");
  const filters = readFilters(req.query, mayInvite);
  const { frame, written, read, asked } = await findList(actor, filters, mayInvite, req.foreseen);
  if (asked) expectAgain(req, asked);

  const locals = () => listLocals(actor, filters, frame, read());
  if (req.get("HX-Request")) return fragment(res, "directory/_fragment", locals());
  if (filters.status === "removed") return page(res, "directory/index", locals());
  return keptPage(res, "directory/index", JSON.stringify([filters, frame]) + written, locals);
});

function listLocals(actor: Actor, filters: Filters, frame: Frame, found: ListPage) {
  const mayInvite = can(actor, "invites.send");
  const link: Link = (changes) => listPath(filters, changes);
  return {
    title: t("Users"),
    filters,
    rows: showRows(actor, found),
    place: found,
    total: frame.total > frame.cap ? `${formatNumber(frame.cap)}+` : formatNumber(frame.total),
    frame,
    narrowed: isNarrowed(filters),
    offered: offeredFilters(filters, frame, mayInvite, link),
    head: (sort: Sort) => sortHead(filters, sort),
    link,
    selectable: (
      [
        "invites.send",
        "invites.revoke",
        "users.create",
        "users.block",
        "users.delete",
        "users.edit",
        "reports.create",
      ] as const
    ).some((key) => can(actor, key)),
  };
}

/**
 * What can be done with one member: in the list its menu, asked for when it is opened, since most menus never are; without
 * scripts a page.
 */
directory.get("/:id/actions", allow("users.view"), async (req, res) => {
  const row = await findRow(req.actor, req.params.id, can(req.actor, "invites.send"));
  const [member] = showRows(req.actor, { rows: [row] });
  const why = await askedWhy(req.actor, row.id);
  if (req.get("HX-Request")) return fragment(res, "directory/_menu", { member, why });
  return page(res, "directory/actions", {
    title: t("Actions for {name}", { name: member!.name }),
    ...{ member, why },
    back: backToList(req),
  });
});
