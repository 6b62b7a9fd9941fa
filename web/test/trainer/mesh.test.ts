import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange } from "../../src/task.ts";
import { meshBounds } from "../../src/trainer/mesh.ts";

const bounds = (exchange: Partial<Exchange>, minParticipants = 2) => {
  const { most, links } = meshBounds({ local_steps: 1, ...exchange }, minParticipants);
  return `${String(most)} ${String(links)}`;
};

test("a mesh takes as many as the task says; more only where any neighbours will do", () => {
  assert.equal(bounds({}), "16 0");
  assert.equal(bounds({ scheme: "mean", max_participants: 7 }), "7 0");
  assert.equal(bounds({ scheme: "choco", max_participants: 5 }), "5 4");
  assert.equal(bounds({ scheme: "plain", topology: "full" }), "16 4");
  assert.equal(bounds({ scheme: "power", topology: "ring" }), "16 2");
  assert.equal(bounds({ scheme: "swarm", topology: "random_regular/3" }), "16 4");
  assert.equal(bounds({ scheme: "choco", topology: "random_regular/7" }), "16 8");
  // Shapes of which everybody has to know all of.
  assert.equal(bounds({ scheme: "relay" }), "16 0");
  assert.equal(bounds({ scheme: "exponential" }), "16 0");
  assert.equal(bounds({ scheme: "plain", topology: "torus" }), "16 0");
  // More than a participant may see there.
  assert.equal(bounds({ scheme: "choco" }, 3), "16 4");
  assert.equal(bounds({ scheme: "choco" }, 4), "16 0");
});
