/** Milliseconds after which whoever comes next does not stand in line behind an answer that is still owed. */
const patience = 100;

/**
 * How many of a process's connections are kept for statements that take the database next to nothing. They stand in line on
 * few connections instead of taking one each: the server finds what it needs in the cache of its processor, and several go and
 * come in one piece. A page in the list costs the database a third less that way (docs/performance.md).
 */
export const laneOf = (share: number): number => Math.floor(share / 4);

/** Tells whether the lane is free: whether nobody in it has waited for long. */
export class Lane {
  /** When each that is not answered yet was sent, in milliseconds; the oldest is the first. */
  private sent = new Set<{ at: number }>();

  isFree(): boolean {
    for (const oldest of this.sent) return performance.now() - oldest.at < patience;
    return true;
  }

  async pass<T>(send: () => Promise<T>): Promise<T> {
    const one = { at: performance.now() };
    this.sent.add(one);
    try {
      return await send();
    } finally {
      this.sent.delete(one);
    }
  }
}
