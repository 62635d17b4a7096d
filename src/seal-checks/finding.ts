/** What does not fit, and where. */
export interface Finding {
  kind: "altered" | "missing" | "unsealed" | "gap" | "link" | "head" | "cut" | "redaction" | "file";
  eventId?: string;
  position?: number;
  /** In English, for a terminal. */
  words: string;
}

/** What was looked at. */
export interface Checked {
  /** Events whose seals were looked at, and the end of the chain. */
  events: number;
  position: number;
  hash: string;
  /** Younger than the last seal; sealed within seconds where a worker runs. */
  waiting: number;
  /** How many events each erasure redacted, by the id of its event. */
  redacted: Map<string, number>;
  heads: number;
  /** Heads whose key is not among ENCRYPTION_KEYS any more: they tell nothing, and the last one stands for them. */
  unknownHeads: number;
}

/** A finding in one line: what is wrong, of which event, at which place. */
export const lineOf = ({ kind, eventId, position, words }: Finding): string =>
  [
    kind.toUpperCase(),
    eventId === undefined ? "" : `event ${eventId}`,
    position === undefined ? "" : `position ${position}`,
    words,
  ]
    .filter(Boolean)
    .join(" · ");
