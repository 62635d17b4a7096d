import PDFDocument from "pdfkit";
import { type PdfRow, writePdf } from "../../src/report-pdf/write-pdf.ts";
import { report } from "./measure.ts";

const perPage = 18;
const person = (n: number): PdfRow => ({
  name: `Ada Lovelace ${n}`,
  email: `person${n}@domain${n % 40}.test`,
  corporate: n % 3 === 0,
  status: ["Active", "Invited", "Blocked"][n % 3]!,
  rights: ["Administrator", "Viewer"].slice(0, n % 3),
  mailboxes: n % 5 === 0 ? ["Sales", "Support", "Press releases", "Events", "Human resources"] : ["Press"],
  createdAt: new Date(Date.UTC(2026, 0, 1) + n * 3_700_000),
  lastSignInAt: n % 4 === 0 ? null : new Date(Date.UTC(2026, 5, 1) + n * 1_100_000),
});

/** A person of many scripts, so that nothing is plain. */
const worldly = (n: number): PdfRow => ({
  ...person(n),
  name: ["王小明", "محمد بن سلمان", "김철수", "Łukasz Ţŭķ", "שלום כהן", "🦊 Fox"][n % 6]! + n,
});

async function* batches(rows: number, of: (n: number) => PdfRow) {
  for (let at = 0; at < rows; at += 500) {
    yield Array.from({ length: Math.min(500, rows - at) }, (_, n) => of(at + n));
  }
}

interface Drawn {
  pages: number;
  /** Seconds of processor: what else runs on the machine is not counted. */
  seconds: number;
  peak: number;
}

async function measured(pages: number, work: (tick: () => void) => Promise<void>): Promise<Drawn> {
  const before = process.cpuUsage();
  let peak = 0;
  await work(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  });
  const { user, system } = process.cpuUsage(before);
  return { pages, seconds: (user + system) / 1e6, peak };
}

const ours = (rows: number, of: (n: number) => PdfRow) =>
  measured(1 + Math.ceil(rows / perPage), async (tick) => {
    const about = {
      ...{ account: "Acme", filterWords: [], orderedBy: "Name", at: new Date(), timeZone: "UTC", region: "" },
      ...{ locale: "en" as const, total: rows, byStatus: [], byRole: [] },
    };
    await writePdf(about, batches(rows, of), async () => {
      tick();
      await new Promise(setImmediate);
    });
  });

/** The same cells by pdfkit's own text at fixed places, in Helvetica: no other font, no direction, no tags. */
export const byHand = (rows: number) =>
  measured(Math.ceil(rows / perPage), async (tick) => {
    const doc = new PDFDocument({ size: "A4", layout: "landscape", margin: 0, autoFirstPage: false });
    const ended = new Promise((resolve) => doc.on("data", tick).on("end", resolve));
    const put = (text: string, x: number, y: number) => doc.text(text, x, y, { lineBreak: false });
    let n = 0;
    for await (const batch of batches(rows, person)) {
      for (const row of batch) {
        if (n % perPage === 0) {
          doc.addPage();
          ["User", "Status", "Roles", "Mailboxes", "Created", "Last sign-in"].forEach((title, at) => {
            put(title, 40 + at * 120, 50);
          });
          put("Users report · Acme", 40, 570);
          put(`Page ${n / perPage + 1}`, 760, 570);
          await new Promise(setImmediate);
        }
        const y = 64 + (n++ % perPage) * 26;
        doc.fontSize(8.5);
        put(row.name, 40, y);
        put(row.status, 262, y);
        put(row.rights.join(", ") || "–", 354, y);
        put(row.mailboxes.slice(0, 2).join(", "), 494, y);
        put(row.createdAt.toISOString().slice(0, 10), 638, y);
        put(row.lastSignInAt?.toISOString().slice(0, 16) ?? "Never", 712, y);
        doc.fontSize(7.5);
        put(row.email, 40, y + 10);
        if (row.corporate) put("Corporate user", 262, y + 10);
        if (row.mailboxes.length > 2) put("Press releases and 2 more", 494, y + 10);
        doc
          .rect(40, y + 25, 762, 0.5)
          .fill("#e1e0db")
          .fillColor("#000000");
      }
    }
    doc.end();
    await ended;
  });

const rate = ({ pages, seconds }: Drawn) => `${(pages / seconds).toFixed(0)} pages/s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

/** The users report against the same rows drawn by hand with pdfkit, and its memory at the size asked for. */
export async function pdfCase({ world }: { world: { rows: number } }): Promise<void> {
  const floor = await byHand(Math.min(20_000, world.rows));
  await ours(1000, person);
  const [short, whole] = [await ours(Math.min(20_000, world.rows), person), await ours(world.rows, person)];
  const ratio = whole.seconds / whole.pages / (floor.seconds / floor.pages);
  report(`PDF of ${world.rows} users`, rate(whole), rate(floor), ratio, "≤ 1.3", ratio <= 1.3);
  const memory = `${megabytes(short.peak)} at ${Math.min(20_000, world.rows)} rows`;
  report("PDF, resident memory at most", megabytes(whole.peak), memory, whole.peak / short.peak, "", null);
  const scripts = await ours(Math.min(20_000, world.rows), worldly);
  const slower = scripts.seconds / scripts.pages / (floor.seconds / floor.pages);
  report("PDF of names in six scripts", rate(scripts), rate(floor), slower, "", null);
}
