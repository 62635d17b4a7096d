import type { EventName } from "../audit/events.ts";
import { eventTitle } from "../audit/titles.ts";
import { formatDateTime, formatNumber } from "../i18n/format.ts";
import { inLanguage, t } from "../i18n/t.ts";
import { type About, Paper, red } from "./paper.ts";
import { isClean, type KeptReceipt, type Receipt, type ReceiptMailbox } from "./receipt.ts";
import { countLines } from "./words.ts";

/** What the document is about, as its reader sees names, times and words. */
export interface PdfOf {
  account: string;
  name: string;
  email: string;
  by: string;
  orderedAt: Date;
  doneAt: Date;
  note: string;
  /** Restored since: when that is known to have happened, it is said. */
  restored: boolean;
  kept: KeptReceipt;
  locale: "en" | "de";
  timeZone: string;
  region?: string;
}

/** The receipt as a PDF, A4: who, when and by whom, what was counted, and who has each mailbox now; the newest look first. */
export function receiptPdf(of: PdfOf): Promise<Buffer> {
  const { locale, timeZone, region = "" } = of;
  return inLanguage({ locale, timeZone, region }, () => {
    const title = t("Offboarding receipt");
    const foot = `${title} · ${of.name} · ${of.account}`;
    const about: About = { title: foot, account: of.account, locale, at: new Date(of.kept.first.at), foot };
    // Twice: the feet say how many pages there are.
    const pages = draw(new Paper(about, 0), of).pages;
    return draw(new Paper(about, pages), of).bytes();
  });
}

function draw(paper: Paper, of: PdfOf): Paper {
  const { kept } = of;
  paper.title(t("Offboarding receipt"), of.account);
  paper.rows(t("Who, when and by whom"), [
    { name: t("User"), value: of.name },
    ...(of.name === of.email ? [] : [{ name: t("E-mail address"), value: of.email }]),
    { name: t("Left on"), value: formatDateTime(of.doneAt) },
    { name: t("Ordered by"), value: of.by },
    { name: t("Ordered"), value: formatDateTime(of.orderedAt) },
    { name: t("Times are in {timeZone}", { timeZone: of.timeZone }), value: "" },
    ...(of.restored ? [{ name: t("Status"), value: t("User restored") }] : []),
  ]);
  if (of.note) {
    paper.heading(t("Note"));
    paper.words(of.note);
  }
  const again = kept.again && { receipt: kept.again, words: t("Looked again, {time}", timeOf(kept.again)) };
  const first = { receipt: kept.first, words: t("Receipt, {time}", timeOf(kept.first)) };
  for (const each of again ? [again, first] : [first]) drawReceipt(paper, each.receipt, each.words);
  return paper;
}

const timeOf = ({ at }: Receipt) => ({ time: formatDateTime(new Date(at)) });

function drawReceipt(paper: Paper, receipt: Receipt, heading: string) {
  paper.heading(heading, 120);
  const clean = isClean(receipt);
  paper.words(clean ? t("Nothing left") : t("Something left"), clean ? undefined : red);
  paper.rows(t("What was counted"), [
    ...countLines(receipt).map(({ words, count, look }) => ({
      ...{ name: words, value: formatNumber(count) },
      colour: look === "bad" ? red : undefined,
    })),
    {
      name: t("Owners of the account"),
      value: receipt.owners.join(", ") || t("Nobody"),
      colour: receipt.owners.length > 0 ? undefined : red,
    },
  ]);
  const parts: [ReceiptMailbox["was"], string][] = [
    ["handed", t("Handed over")],
    ["unplanned", t("Not handed over: nobody had decided about it")],
    ["left", t("Knowingly handed over to nobody")],
  ];
  for (const [was, words] of parts) drawMailboxes(paper, receipt, was, words);
  drawEvents(paper, receipt);
}

function drawMailboxes(paper: Paper, { mailboxes }: Receipt, was: ReceiptMailbox["was"], heading: string) {
  const boxes = mailboxes.filter((box) => box.was === was);
  if (boxes.length === 0) return;
  paper.heading(heading);
  paper.rows(
    heading,
    boxes.map((box) => {
      const lost = was === "handed" && !box.arrived;
      const now = box.holders.length
        ? t("Now: {people}", { people: box.holders.join(", ") })
        : t("Nobody has access by itself");
      return {
        ...{ name: box.name, under: box.address },
        value: lost ? t("{name} does not hold it", { name: box.to ?? "" }) : now,
        colour: lost ? red : undefined,
      };
    }),
  );
}

function drawEvents(paper: Paper, { events, moreEvents }: Receipt) {
  if (events.length === 0) return;
  paper.heading(
    t("What the log says of it: {count, plural, one {# line} other {# lines}}", { count: events.length + moreEvents }),
  );
  paper.rows(
    t("Audit log"),
    events.map(({ id, name, subject }) => ({ name: eventTitle(name as EventName), value: `#${id} · ${subject}` })),
  );
  if (moreEvents > 0)
    paper.words(t("And {count, plural, one {# more line} other {# more lines}}.", { count: moreEvents }));
}
