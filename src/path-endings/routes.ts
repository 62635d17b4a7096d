import { Router } from "express";
import { allow } from "../access/guard.ts";
import { nameOf } from "../access/load-actor.ts";
import { called } from "../grants/giving.ts";
import { flash } from "../http/flash.ts";
import { attempt, readForm } from "../http/form.ts";
import { localPath } from "../http/local-path.ts";
import { page } from "../http/render.ts";
import { t } from "../i18n/t.ts";
import { endPath } from "./end-path.ts";
import { endingForm } from "./forms.ts";
import { endingOf } from "./queries.ts";

/** "End it here": one grant of one user, wherever it was found. Who may is asked of the grant, in its verb. */
export const pathEndings = Router();

pathEndings.get(
  "/:id/grants/:grantId/ending",
  allow("users.edit", "invites.send", "members.grant"),
  async (req, res) => {
    const ending = await endingOf(req.actor, req.params.id, req.params.grantId);
    return endingPage(res, ending, nextOf(req.query.next, ending.member.id));
  },
);

pathEndings.post(
  "/:id/grants/:grantId/ending",
  allow("users.edit", "invites.send", "members.grant"),
  async (req, res) => {
    const { id, grantId } = req.params;
    const form = readForm(endingForm, req.body);
    const next = nextOf(form.typed.next, id);
    const ended = await attempt(form, ({ version }) => endPath(req.actor, id, { grantId, version }));
    if (!ended) {
      const ending = await endingOf(req.actor, id, grantId);
      const problem = form.errors.version ?? "";
      return endingPage(res.status(form.status ?? 422), ending, next, problem);
    }
    flash(req, t("“{right}” of {name} has ended.", { right: called(ended.grant), name: nameOf(ended.member) }));
    res.redirect(303, next);
  },
);

const nextOf = (said: unknown, memberId: string) => localPath(said, `/admin/users/${memberId}/account`);

type Ending = Awaited<ReturnType<typeof endingOf>>;

const endingPage = (res: Parameters<typeof page>[0], ending: Ending, next: string, problem = "") =>
  page(res, "path-endings/ending", {
    title: t("End “{right}”?", { right: called(ending.grant) }),
    ...ending,
    name: nameOf(ending.member),
    next,
    problem,
  });
