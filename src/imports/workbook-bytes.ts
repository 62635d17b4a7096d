import { Invalid } from "../http/errors.ts";
import { t } from "../i18n/t.ts";

const words = () => t("This is not a workbook. Only .xlsx is taken: save it as “Excel workbook (.xlsx)”.");
const begin = Buffer.from("PK\u0003\u0004");

/** A57, T75: by its name it is a workbook. */
export function assertWorkbookName(name: string): void {
  if (!/\.xlsx$/i.test(name)) throw new Invalid("file", words());
}

/** A57, T75: the same bytes while they begin as every .xlsx does; Invalid before a byte of another file is kept. */
export async function* workbookBytes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of bytes) {
    if (!first) {
      yield piece;
      continue;
    }
    first = Buffer.concat([first, piece]);
    if (first.length < begin.length) continue;
    if (!first.subarray(0, begin.length).equals(begin)) throw new Invalid("file", words());
    yield first;
    first = undefined;
  }
  if (first) throw new Invalid("file", first.length === 0 ? t("This file is empty.") : words());
}
