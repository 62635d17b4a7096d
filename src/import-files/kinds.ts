import type { FileKind } from "../db/files.ts";

export const workbookType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** What can be fetched of an import, and what is put behind its file's name. */
export const importFileKinds = {
  upload: "",
  annotated: " - annotated",
  failed: " - failed rows",
  before: " - before",
} as const satisfies Partial<Record<FileKind, string>>;

export type ImportFileKind = keyof typeof importFileKinds;

export const isImportFileKind = (text: string): text is ImportFileKind => Object.hasOwn(importFileKinds, text);

/** How a file around an import is called. */
export const nameOf = (fileName: string, kind: ImportFileKind): string =>
  `${fileName.replace(/\.xlsx$/i, "")}${importFileKinds[kind]}.xlsx`;
