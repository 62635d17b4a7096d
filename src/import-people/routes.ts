import { Router } from "express";
import { can } from "../access/actor.ts";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { importFor } from "../imports/queries.ts";
import { problemWords } from "../workbook/problem-words.ts";
import { listPath, readFilter, results } from "./filter.ts";
import { countDeliveries, listPeople } from "./queries.ts";
import { deliveryWords, resultWords } from "./words.ts";

/** The people of an import, and how the mail to each of them fares. At /admin/imports. */
export const importPeopleList = Router();

importPeopleList.get("/:id/people", allow("imports.run"), async (req, res) => {
  const row = await importFor(req.actor.accountId, req.params.id);
  const filter = readFilter(req.query);
  const [{ people, next }, mails] = await Promise.all([listPeople(row.id, filter), countDeliveries(row.id)]);
  const may = can(req.actor, "users.view");
  const to = (change: Partial<typeof filter>) => listPath(row.id, filter, change);
  return page(res, "import-people/index", {
    title: t("People"),
    row,
    here: to({ after: filter.after }),
    people: people.map((person) => ({
      ...person,
      // What a member is called is for those who may see the users.
      name: may || person.result === "created" ? nameOf(person) : person.email,
      outcome: person.result && resultWords(person.result),
      why: person.reason ? problemWords({ code: person.reason }).what : "",
      mail: person.delivery && deliveryWords(person.delivery),
    })),
    first: filter.after > 0 ? to({ after: 0 }) : "",
    next: next ? to({ after: next }) : "",
    results: [
      { words: t("Everybody"), href: to({ result: "" }), chosen: !filter.result },
      ...results.map((result) => ({
        words: resultWords(result).words,
        href: to({ result }),
        chosen: filter.result === result,
      })),
    ],
    mails: mails.map(({ delivery, count }) => ({
      ...deliveryWords(delivery),
      count,
      href: to({ mail: filter.mail === delivery ? "" : delivery }),
      chosen: filter.mail === delivery,
    })),
  });
});
