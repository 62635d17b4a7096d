/** What somebody's departure left behind, as the tables say it at one moment. */
export interface Receipt {
  /** When it was drawn up, RFC 3339. */
  at: string;
  /** Whether the account managed the profile: then its sign-in and every session and token count, else what is of this account. */
  managed: boolean;
  counts: Counts;
  mailboxes: ReceiptMailbox[];
  /** Beyond those listed. */
  moreMailboxes: number;
  /** Who owns the account now. */
  owners: string[];
  /** The log's lines of the deed. */
  events: { id: number; name: string; subject: string; at: string }[];
  moreEvents: number;
}

export interface Counts {
  /** Open sessions: of a managed profile all of them, else those that reach this account. */
  sessions: number;
  /** 1: the managed profile can still sign in. */
  signIn: number;
  /** Devices on which the managed profile is not asked for its second factor. Not in receipts from before they were counted. */
  trustedDevices?: number;
  tokens: number;
  clients: number;
  /** For mail programs: their own, and those that they made and therefore know. */
  passwords: number;
  grants: number;
  /** Places in this account that are not over. */
  places: number;
  /** Unsaved changes of rights, by them or of them. */
  changes: number;
  /** Links that were mailed to them and still open something. */
  links: number;
  /** Imports and reports that wait in their name. */
  jobs: number;
  /** Invitations from them that wait for an answer. */
  invitations: number;
}

/** A mailbox that was theirs, or that they had access to, and who has it now. */
export interface ReceiptMailbox {
  id: string;
  name: string;
  address: string;
  /** `handed`: as the plan says; `left`: knowingly to nobody; `unplanned`: nobody had decided about it. */
  was: "handed" | "left" | "unplanned";
  /** To whom it was to go. */
  to: string | null;
  /** Handed over, and the successor holds something on it now. */
  arrived: boolean;
  /** By a grant of its own, now: names, the first ten. */
  holders: string[];
}

/** As it is kept: as first drawn up, and the newest look since. */
export interface KeptReceipt {
  first: Receipt;
  again: Receipt | null;
}

/** Whether nothing is left that should not be. */
export const isClean = ({ counts, mailboxes, owners }: Receipt): boolean =>
  Object.values(counts).every((count) => count === 0) &&
  mailboxes.every(({ was, arrived }) => was !== "handed" || arrived) &&
  owners.length > 0;

/** The kept receipt of an offboarding's row, if one was drawn up. */
export const keptOf = (receipt: Record<string, unknown> | null): KeptReceipt | null =>
  receipt as unknown as KeptReceipt | null;
