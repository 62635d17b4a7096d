import { type Limit, takePoints } from "./limits.ts";

/** How a limit stands after a call: how many are left in the window, its end in seconds, and how long to wait (0: not at all). */
export interface Standing {
  points: number;
  left: number;
  resets: number;
  wait: number;
}

interface Lease {
  /** What this process may still let pass without asking. */
  left: number;
  /** What the others, and this one later, may still take. */
  beyond: number;
  endsAt: number;
  asking?: Promise<void>;
}

const leases = new Map<string, Lease>();

/** A twentieth of the limit at a time: so many calls cost one write. */
const batchOf = ({ points }: Limit) => Math.max(1, Math.floor(points / 20));

/**
 * Counts a call against a limit that all processes share. Each takes a twentieth of it at a time from the database and
 * spends that from memory: together they never let more pass than the limit says, and may stop that much short of it.
 */
export async function spend(limit: Limit): Promise<Standing> {
  const lease = leaseOf(limit.key);
  if (lease.left <= 0 && (lease.beyond > 0 || lease.endsAt === 0)) {
    lease.asking ??= take(lease, limit);
    await lease.asking;
  }
  const resets = Math.max(1, Math.ceil((lease.endsAt - performance.now()) / 1000));
  const passes = lease.left > 0;
  if (passes) lease.left--;
  return { points: limit.points, left: lease.left + lease.beyond, resets, wait: passes ? 0 : resets };
}

function leaseOf(key: string): Lease {
  const known = leases.get(key);
  if (known && (known.asking || known.endsAt > performance.now())) return known;
  if (leases.size >= 10_000) leases.clear();
  const lease = { left: 0, beyond: 0, endsAt: 0 };
  leases.set(key, lease);
  return lease;
}

async function take(lease: Lease, limit: Limit) {
  try {
    const cost = batchOf(limit);
    const { taken, resets } = (await takePoints([limit], cost))[0]!;
    lease.left += Math.max(0, Math.min(cost, limit.points - (taken - cost)));
    lease.beyond = Math.max(0, limit.points - taken);
    lease.endsAt = performance.now() + resets * 1000;
  } finally {
    lease.asking = undefined;
  }
}
