import { type Actor, can } from "../access/actor.ts";
import type { Asked } from "../why/forms.ts";
import { mailboxChoices } from "../why/queries.ts";
import { questionForm, rightName, showPath, whyHref } from "../why/show.ts";
import { endable } from "./endable.ts";
import { type Place, placeWords } from "./forms.ts";
import { most, whoCan } from "./queries.ts";

/** A list of who has a right, as a page shows it. `here`: its address, to which its filters are added. */
export async function showHolders(
  actor: Actor,
  here: string,
  asked: Asked,
  { q, place, fixed }: { q: string; place: Place | null; fixed?: boolean },
) {
  const { question, form } = asked;
  const typed = form.typed as Record<string, string>;
  const [found, choices] = await Promise.all([
    question && whoCan(actor.accountId, question, q, place),
    fixed ? [] : mailboxChoices(actor.accountId, null),
  ]);
  const linkOf = (changes: Record<string, string>, path = here) => {
    const all = { permission: typed.permission ?? "", at: typed.at ?? "", q, ...changes };
    const mailbox = fixed ? {} : { mailbox: typed.mailbox ?? "" };
    const pairs = Object.entries({ ...all, ...mailbox }).filter(([, value]) => value !== "");
    return pairs.length > 0 ? `${path}?${new URLSearchParams(pairs)}` : path;
  };
  const may = found ? await endable(actor, found.rows) : new Set<string>();
  return {
    ...questionForm(asked, fixed ? "mailbox" : "account"),
    ...{ here, q, question, most, fixed: Boolean(fixed) },
    right: rightName(typed.permission),
    choices,
    total: found?.total ?? null,
    cut: found?.cut ?? false,
    stopped: found?.stopped ?? false,
    rows: (found?.rows ?? []).map(({ paths, ...person }) => ({
      ...person,
      href: can(actor, "users.view")
        ? whyHref(person.id, {
            permission: typed.permission ?? "",
            mailbox: question?.mailboxId,
            ...(typed.at ? { at: typed.at } : {}),
          })
        : "",
      paths: paths.map((path) => showPath(actor, path, question!.at, may.has(path.grantId), linkOf({}))),
    })),
    firstHref: place ? linkOf({}) : "",
    nextHref: found?.next ? linkOf({ place: placeWords(found.next) }) : "",
    file: question ? linkOf({}, `${here}/files/csv`) : "",
  };
}
