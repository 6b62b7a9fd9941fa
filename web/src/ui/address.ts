import { readPlace } from "./invite.ts";
import type { Studio } from "./studio.ts";

// The address bar follows the page, so that a reload comes back to the same task and room and
// "back" leads to the list of tasks. An entry that this page wrote is marked as its own.

const kOwn = { ownRoom: true };

/** Whether the room in the address was made here, before a reload. */
export function isOwnRoom(): boolean {
  return (history.state as typeof kOwn | null)?.ownRoom === true;
}

export function showAddress(studio: Studio): void {
  const { address } = studio;
  const { invited, task, place } = studio.state;
  if (address === location.href || (place.task !== undefined && task === undefined)) return;
  const entered = readPlace(location.href).task === undefined && task !== undefined;
  const state = task === undefined || invited ? null : kOwn;
  if (entered) history.pushState(state, "", address);
  else history.replaceState(state, "", address);
}

/**
 * "Back" and "forward": opens or closes the task that the address now names, unless the visitor
 * would rather stay; then the address becomes the present task's again.
 */
export function followAddress(studio: Studio, mayLeave: () => boolean): void {
  const place = readPlace(location.href);
  if (place.task === studio.state.place.task) return;
  if (!mayLeave()) return showAddress(studio);
  void studio.closeTask(place).then(() => {
    if (place.task !== undefined) void studio.openTask(place.task);
  });
}
