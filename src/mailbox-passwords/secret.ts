import { hash, randomInt } from "node:crypto";

/** Letters and digits that cannot be taken for one another: 32 of them, five bits each. */
const letters = "abcdefghijkmnpqrstuvwxyz23456789";

/** A new password for a mail program: seven groups of four, 140 random bits, easy to type on a telephone. */
export const newSecret = (): string =>
  Array.from({ length: 7 }, () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("")).join(
    "-",
  );

/** What is kept of it. So many random bits need no slow hash, and the mail server's query can compare this one. */
export const hashOfSecret = (secret: string): string => hash("sha256", secret, "hex");
