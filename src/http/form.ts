import { z } from "zod";
import { t } from "../i18n/t.ts";
import { AppError, Invalid, Stale } from "./errors.ts";

/** What a rule says that brings no words of its own: never the library's English. */
z.config({ customError: () => t("This cannot be taken as it is.") });

/** A posted form: the values when it is good; what was typed and a message per field when it is not. */
export interface Form<T> {
  ok: boolean;
  values: T;
  typed: Record<string, string | string[]>;
  errors: Record<string, string>;
  /** What to answer a refused form with, where it is not 422. */
  status?: number;
}

/** A form that nobody has filled in yet, with what its fields start with. */
export const blankForm = <T = unknown>(typed: Record<string, string | string[]> = {}): Form<T> => ({
  ok: false,
  values: {} as T,
  typed,
  errors: {},
});

/** Checkboxes and multiple selects: a field that may come any number of times. */
export const many = <T extends z.ZodType>(each: T, max = 1000) =>
  z
    .array(each)
    .max(max)
    .default([] as never);

const holdsMany = (schema: z.ZodType): boolean => {
  const inner = schema instanceof z.ZodDefault ? (schema.unwrap() as z.ZodType) : schema;
  return inner instanceof z.ZodArray;
};

/**
 * Reads a form strictly: unknown fields are dropped (T57), a field that should come once and comes twice, or as a
 * list or an object, is 400 (T17). A missing text field counts as empty, so that its own message is shown.
 */
export function readForm<S extends z.ZodObject>(schema: S, body: unknown): Form<z.infer<S>> {
  const posted = (body ?? {}) as Record<string, unknown>;
  const typed: Record<string, string | string[]> = {};

  for (const [name, field] of Object.entries(schema.shape) as [string, z.ZodType][]) {
    const value = posted[name];
    if (holdsMany(field)) typed[name] = value === undefined ? [] : ([value].flat() as string[]);
    else if (value === undefined) typed[name] = "";
    else if (typeof value === "string") typed[name] = value;
    else
      throw new AppError(400, t("The field “{name}” came more than once, or in a form that it cannot have.", { name }));
  }

  const read = schema.safeParse(typed);
  if (read.success) return { ok: true, values: read.data, typed, errors: {} };

  const errors: Record<string, string> = {};
  for (const issue of read.error.issues) errors[String(issue.path[0] ?? "form")] ??= issue.message;
  return { ok: false, values: {} as z.infer<S>, typed, errors };
}

/**
 * Runs the verb; a rule that it finds broken about one field (`Invalid`) goes beside that field, and nothing is returned.
 * When somebody else saved in between (`Stale`), that goes to `version`: the page answers 409 with both states.
 */
export async function attempt<T, R>(form: Form<T>, verb: (values: T) => Promise<R>): Promise<R | undefined> {
  if (!form.ok) return undefined;
  try {
    return await verb(form.values);
  } catch (error) {
    if (!(error instanceof Invalid || error instanceof Stale)) throw error;
    form.ok = false;
    form.errors[error instanceof Stale ? "version" : error.field] = error.message;
    form.status = error.status;
    return undefined;
  }
}

const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** One line of text: trimmed, without control or direction characters, 0 to `max` characters. */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max, { error: () => t("At most {max} characters, please.", { max }) })
    .refine((text) => !control.test(text), { error: () => t("This holds a character that cannot be shown.") })
    .transform((text) => text.normalize("NFC"));

/** One line that must not be empty. `message` says what is missing. */
export const requiredLine = (max: number, message: () => string) =>
  line(max).refine((text) => text !== "", { error: message });

/** One checkbox: whether it was ticked. */
export const ticked = () => z.string().transform((value) => value === "on");

/** Several lines of text, up to `max` characters; line ends become \n. */
export const paragraph = (max: number) =>
  z
    .string()
    .transform((text) => text.replaceAll("\r\n", "\n").trim())
    .refine((text) => text.length <= max, { error: () => t("At most {max} characters, please.", { max }) })
    .refine((text) => !control.test(text.replaceAll("\n", "").replaceAll("\t", "")), {
      error: () => t("This holds a character that cannot be shown."),
    });
