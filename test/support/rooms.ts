import type { Express } from "express";
import { createApp } from "../../src/app.ts";
import type { Room } from "../../src/http/room.ts";
import { rooms } from "../../src/rooms.ts";

/** An application that has these rooms as well; the list is as it was afterwards. */
export function appWith(more: Room[]): Express {
  rooms.push(...more);
  try {
    return createApp();
  } finally {
    rooms.splice(-more.length);
  }
}
