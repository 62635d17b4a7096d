import type { ProblemTier } from "../db/schema.ts";

/** Where something stands in a workbook. */
export interface Spot {
  /** As it is called in the file. */
  sheet: string;
  /** Of all sheets of the file, from 1. */
  sheetNumber: number;
  /** As the program that opens it counts: from 1. */
  row: number | null;
  /** A, B, …; null for a whole row or sheet. */
  column: string | null;
}

/** What is wrong there: `code` is a key of the sentences (problem-words.ts), `values` what its sentence needs. */
export interface Problem extends Partial<Spot> {
  tier: ProblemTier;
  code: string;
  values?: Record<string, string>;
  /** What stands in the cell. */
  value?: string;
  /** Whom it is about, where that is known: canonical. */
  email?: string;
}

/** A row of the Users sheet. `columns` says in which column each field stands. */
export interface UserEntry {
  kind: "user";
  sheet: string;
  sheetNumber: number;
  row: number;
  /** As typed; `canonicalAddress` has not seen it. Empty where the cell is. */
  email: string;
  firstName: string;
  lastName: string;
  /** Undefined where the cell holds neither Y, N nor nothing: a problem says so. */
  personalMailbox: boolean | undefined;
  columns: { email: string; firstName: string; lastName: string; personalMailbox: string };
}

/** A row of the Account sheet or of a mailbox's. */
export interface RightsEntry {
  kind: "rights";
  sheet: string;
  sheetNumber: number;
  row: number;
  email: string;
  /** Null: the account. The id as it stands in A1: whose it is has not been looked at. */
  mailboxId: string | null;
  /** Names or ids of roles, codes of permissions, as typed, each once. */
  roles: string[];
  permissions: string[];
  columns: { email: string; roles: string; permissions: string };
}

export type Entry = UserEntry | RightsEntry;
