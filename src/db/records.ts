const field = /"((?:[^"\\]|""|\\[\s\S])*)"|([^,()"]*)/y;

/**
 * Reads rows that a statement wrote with `row(…)::text`, one after the other with a line break between: a list of texts for
 * each, null for null. The server writes a row so for less than JSON costs it; inside quotes it doubles them and backslashes.
 */
export function readRecords(written: string | null): (string | null)[][] {
  const records: (string | null)[][] = [];
  if (!written) return records;
  for (let at = 0; at < written.length; at += 2) {
    const values: (string | null)[] = [];
    // On the bracket or the comma before a value; the bracket that closes and the line break end the row.
    do {
      field.lastIndex = at + 1;
      const [whole, quoted, plain] = field.exec(written)!;
      values.push(
        quoted === undefined ? plain || null : quoted.replace(/""|\\([\s\S])/g, (pair, sign) => sign ?? pair[0]),
      );
      at += 1 + whole.length;
    } while (written[at] === ",");
    records.push(values);
  }
  return records;
}

/** A time of such a row as JSON has it. Our connections speak UTC (client.ts). */
export const timeOf = (text: string | null): string | null => text && `${text.replace(" ", "T")}:00`;
