/** Numbers and names as people read them. */

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

export function decimal(value: number): string {
  const size = Math.abs(value);
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = count / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    ++unit;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** A model's hash, short enough to compare by eye. */
export function fingerprint(hash: string): string {
  return `${hash.slice(0, 4)} ${hash.slice(4, 8)}`;
}

const kAdjectives = (
  "amber brave calm clever coral dusty eager fern gentle golden happy hazel indigo ivory jolly kind " +
  "lively lunar mellow misty noble olive pearl proud quick quiet rapid silver sunny swift velvet wise"
).split(" ");
const kAnimals = (
  "badger beaver bison crane dolphin eagle falcon finch fox gecko hare heron ibis koala lark lemur " +
  "lynx marten moose newt otter owl panda puffin raven robin seal sparrow stork swan tiger whale"
).split(" ");

/** A participant's name for people, always the same for one public key (hex). */
export function personName(peer: string): string {
  const byte = (place: number) => parseInt(peer.slice(2 * place, 2 * place + 2), 16) || 0;
  return `${kAdjectives[byte(0) % 32]} ${kAnimals[byte(1) % 32]}`;
}

/** And its colour, as a hue in degrees. */
export function personHue(peer: string): number {
  return Math.round(((parseInt(peer.slice(4, 8), 16) || 0) / 0x10000) * 360);
}

/** A room's name that can be read out, from random bytes. */
export function roomName(random: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = random;
  return `${kAdjectives[a % 32]}-${kAnimals[b % 32]}-${100 + (((c << 8) | d) % 900)}`;
}
