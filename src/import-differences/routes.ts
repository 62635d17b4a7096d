import { Router } from "express";
import { allow } from "../access/guard.ts";
import type { PersonAction } from "../db/schema.ts";
import { Conflict } from "../http/errors.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { importFor } from "../imports/queries.ts";
import { assertMayRead } from "../reports/order.ts";
import { problemWords } from "../workbook/problem-words.ts";
import { actions, actionWords, describe } from "./describe.ts";
import { listPeople } from "./queries.ts";

/** What a checked workbook changes, person by person and cell by cell (X5). At /admin/imports. */
export const importDifferences = Router();

const position = (value: unknown) => (typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : undefined);
/** `changes`: of an edited report most people stay as they are, and the few who do not would be lost among them. */
const kinds = ["changes", "", ...actions] as const;
type Kind = (typeof kinds)[number];
const kindOf = (value: unknown): Kind => kinds.find((kind) => kind === value) ?? "";

const wanted = (kind: Kind): PersonAction[] => {
  if (kind === "changes") return ["create", "update"];
  return kind === "" ? [] : [kind];
};

importDifferences.get("/:id/difference", allow("imports.run"), async (req, res) => {
  const run = await importFor(req.actor.accountId, req.params.id);
  if (!run.checkedAt)
    throw new Conflict(t("This workbook has not been checked yet. What it changes is known afterwards."));
  const { create = 0, update = 0, same = 0, skip = 0 } = run.counts;
  // What members are called and hold is what the users list says.
  if (update + same > 0) assertMayRead(req.actor);
  const kind = kindOf(req.query.kind);
  const place = { after: position(req.query.after), before: position(req.query.before) };
  const { people, previous, next } = await listPeople(run, wanted(kind), place);
  const states = actionWords();
  return page(res, "import-differences/show", {
    title: t("What changes"),
    run,
    kind,
    people: await describe(run, people),
    previous,
    next,
    states,
    why: (reason: string) => problemWords({ code: reason, values: {} }).what,
    changes: create + update,
    kinds: [
      { key: "changes", words: t("All changes"), count: create + update },
      { key: "", words: t("Everybody"), count: create + update + same + skip },
      ...actions.map((key) => ({ key, words: states[key].words, count: run.counts[key] ?? 0 })),
    ],
  });
});
