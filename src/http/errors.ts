import { t } from "../i18n/t.ts";

/** What may refuse somebody: the log names it (ASVS 16.3.3), so that tries to get round one of them stand out. */
export type Control = "right" | "scope" | "origin" | "account" | "recipient" | "suspension" | "second factor" | "limit";

/** An error that verbs throw and that people may read. Routes never catch; one handler renders. */
export class AppError extends Error {
  status: number;
  /** What refused, where something was refused. */
  control: Control | undefined;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** 404: not there, or a neighbour's: the two look the same (T49). */
export class NotFound extends AppError {
  constructor(message = t("There is nothing here, or it is not in this account.")) {
    super(404, message);
  }
}

/** 403: it is there, and the actor lacks the right, or another control refuses. */
export class Forbidden extends AppError {
  constructor(message: string, control: Control = "right") {
    super(403, message);
    this.control = control;
  }
}

/** 409: the right form at the wrong time; the message explains. */
export class Conflict extends AppError {
  constructor(message: string, control?: Control) {
    super(409, message);
    this.control = control;
  }
}

/** 409: somebody else saved in between (T56). `attempt` hands it to the page, which shows both states. */
export class Stale extends Conflict {}

/** 422: a rule about one field that only the database could check; `field` names it. */
export class Invalid extends AppError {
  field: string;
  constructor(field: string, message: string) {
    super(422, message);
    this.field = field;
  }
}

/** 413: one field holds more than is taken; the message names the limit. */
export class TooLarge extends Invalid {
  override status = 413;
}

/** 429: too many tries; says for how long to wait. */
export class TooMany extends AppError {
  override control: Control = "limit";
  retryAfter: number;
  constructor(message: string, retryAfterSeconds: number) {
    super(429, message);
    this.retryAfter = retryAfterSeconds;
  }
}
