import type { DoctorCode } from "./codes.ts";

/** What is the matter, and what to do about it, in the reader's language. `values` are the finding's. */
export function doctorSentence(code: DoctorCode, _values: Record<string, string>): { problem: string; remedy: string } {
  return { problem: code, remedy: "" };
}
