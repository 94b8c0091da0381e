import assert from "node:assert/strict";
import { test } from "node:test";
import { filesIn, textOf } from "./support/source-files.ts";

/** Text that would only mean something on the machine it was written on; split here, so that this file has none of it. */
const ELSEWHERE = ["../sha" + "red", "/wo" + "rk/", "/ro" + "ot/"];

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

test("no file speaks of a place outside the project", () => {
  const found = filesIn(".").flatMap((file) =>
    ELSEWHERE.filter((text) => textOf(file).includes(text)).map((text) => `${file}: ${text}`),
  );

  assert.deepEqual(found, []);
});

test("the lock file names no registry, so that any mirror will do, and has the checksum of every package", () => {
  const packages = Object.entries(lockedPackages()).filter(([place]) => place !== "");

  assert.deepEqual(
    packages.filter(([, { resolved }]) => resolved !== undefined).map(([place]) => place),
    [],
  );
  assert.deepEqual(
    packages.filter(([, { integrity }]) => integrity === undefined).map(([place]) => place),
    [],
  );
});

// npm ci refuses a lock file without them, and npm install leaves out those that it cannot find at that moment.
test("the lock file has the builds of every package for other platforms too", () => {
  const packages = lockedPackages();

  const missing = Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) =>
        packages[`node_modules/${name}`] === undefined &&
        packages[`${place}/node_modules/${name}`] === undefined,
    ),
  );

  assert.deepEqual(missing, []);
});

function lockedPackages(): Readonly<Record<string, LockedPackage>> {
  return (JSON.parse(textOf("package-lock.json")) as { packages: Record<string, LockedPackage> }).packages;
}
